/* The page 提交佐证: counts photos and letters, offers short phrases, says when there is no signal.
   Without it the form sends the same. */
(() => {
  "use strict";
  const form = document.getElementById("proof");
  if (!form) return;

  /* ----- photos: how many of those wanted are there ----- */
  const sum = form.querySelector("[data-photos-count]");
  const inputs = [...form.querySelectorAll("input[data-photos]")];
  form.addEventListener("photos:changed", () => {
    const count = inputs.reduce((total, input) => total + input.files.length, 0);
    const wanted = Number(sum.dataset.wanted);
    sum.textContent = wanted ? `要 ${wanted} 张，已拍 ${count} 张` : `已拍 ${count} 张，可不交`;
  });

  /* ----- note: letters left, and phrases that save typing ----- */
  const note = form.querySelector("[data-count]");
  const words = note.closest(".field").querySelector(".lab .cap");
  const most = note.maxLength;
  const count = () => { words.textContent = `可不填，${note.value.length} / ${most}`; };
  note.addEventListener("input", count);
  count();
  const phrases = form.querySelector("[data-phrases]");
  phrases.hidden = false;
  phrases.addEventListener("click", (event) => {
    const phrase = event.target.closest("button")?.textContent;
    if (!phrase || note.value.includes(phrase)) return;
    const joined = note.value.trim() ? `${note.value.trim().replace(/[。；，]$/, "")}；${phrase}` : phrase;
    if (joined.length > most) return;
    note.value = joined;
    count();
    note.focus();
  });

  /* ----- no signal ----- */
  const banner = document.querySelector("[data-offline]");
  const look = () => { banner.hidden = navigator.onLine; };
  addEventListener("online", look);
  addEventListener("offline", look);
  look();
})();
