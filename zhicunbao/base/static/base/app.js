/* What makes the pages pleasant; every form and link works without it. No inline code, no globals.
   In order: sending once, toasts, sheet, look, large photos, keys, rows, batch. */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isTyping = (el) =>
    el.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
  document.documentElement.classList.add("js");

  /* ----- a form is sent once, and says so ----- */
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of all("[data-was]", form.ownerDocument)) {
      if (button.form !== form) continue;
      button.textContent = "";
      button.append(...(button.kept || []));
      button.removeAttribute("aria-disabled");
      button.removeAttribute("data-was");
      button.classList.remove("sending");
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); event.stopPropagation(); return; }
    const button = event.submitter || all("button[type=submit]", form)[0];
    setTimeout(() => {  /* after every other listener has had its say */
      if (event.defaultPrevented && !form.matches("[hx-post], [data-hx-post]")) return;
      form.dataset.sent = "1";
      setTimeout(() => release(form), 15000);  /* no answer: the form's key makes a repeat safe */
      if (!button || button.tagName !== "BUTTON") return;
      button.kept = [...button.childNodes];
      button.dataset.was = "1";
      button.textContent = button.dataset.sending || "正在送出…";
      button.setAttribute("aria-disabled", "true");
      button.classList.add("sending");
    }, 0);
  }, true);
  addEventListener("pageshow", (event) => {
    if (event.persisted) all("form[data-sent]").forEach(release);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
  });

  /* ----- toasts leave after ten seconds; a pointer or the keyboard on them holds them ----- */
  const keepTime = () => all("[data-toast]:not([data-timed])").forEach((toast) => {
    toast.dataset.timed = "1";
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 3000);
      else toast.remove();
    };
    setTimeout(leave, 10000);
  });

  /* ----- sheet: a question over the page, Esc or 再看看 closes it ----- */
  const sheet = document.getElementById("sheet");
  let opener = null;
  let viewer = null;  /* a photo made large; it may stand over the sheet */
  const closeSheet = () => {
    sheet.textContent = "";
    all("body > [inert]").forEach((el) => { el.inert = false; });
    opener?.focus();
    opener = null;
  };
  const openedSheet = () => {
    if (!sheet?.firstElementChild) return;
    all("body > *").forEach((el) => { if (el !== sheet && el !== viewer) el.inert = true; });
    sheet.querySelector("[role=dialog]")?.setAttribute("aria-modal", "true");
    sheet.querySelector("h1, h2")?.focus();
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target === sheet) opener = document.activeElement;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === sheet) openedSheet();
    keepTime();
  });
  document.addEventListener("click", (event) => {
    if (!sheet || !sheet.contains(event.target) || !event.target.closest("[data-close]")) return;
    event.preventDefault();
    closeSheet();
  });

  /* ----- theme and elder mode take effect when chosen; the server remembers them ----- */
  all("form[data-look]").forEach((form) => form.addEventListener("change", () => {
    const root = document.documentElement;
    root.dataset.theme = form.elements.theme.value;
    root.dataset.mode = form.elements.elder.checked ? "elder" : "plain";
    form.requestSubmit();
  }));
  all("select[data-submit], input[data-submit]").forEach((el) =>
    el.addEventListener("change", () => el.form.requestSubmit()));

  /* ----- large photos ----- */
  const enlarge = (link) => {
    if (!viewer) {
      viewer = document.createElement("dialog");
      viewer.className = "viewer";
      const close = document.createElement("button");
      close.type = "button";
      close.textContent = "关上";
      viewer.append(document.createElement("img"), close);
      viewer.addEventListener("click", () => viewer.close());
      document.body.append(viewer);
    }
    const photo = link.querySelector("img");
    const image = viewer.querySelector("img");
    image.src = link.href;
    image.alt = photo ? photo.alt : "";
    viewer.setAttribute("aria-label", image.alt || "照片");
    if (!viewer.open) viewer.showModal();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-large]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    enlarge(link);
  });

  /* ----- keys: data-key="1" is pressed or focused by that key, "ctrl+enter" likewise ----- */
  const press = (key) => {
    const el = all("[data-key]").find((one) =>
      one.dataset.key.toLowerCase() === key && !one.disabled && one.getClientRects().length);
    if (!el) return false;
    if (isTyping(el)) {
      el.focus();
      el.select?.();
    } else {
      el.click();
      el.focus({ preventScroll: true });
    }
    return true;
  };
  /* Enter on a link or button is that control's own; on a row of a list it is the page's. */
  const isOwnEnter = (el, key) => key === "enter" && el.closest("a[href], button, summary") && !el.closest("[data-rows]");
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey || viewer?.open) return;
    if (event.key === "Escape" && sheet?.firstElementChild) { closeSheet(); return; }
    const key = event.key.toLowerCase();
    if (event.ctrlKey) {
      if (key === "enter" && press("ctrl+enter")) event.preventDefault();
      return;
    }
    if (isTyping(event.target) || document.querySelector("#sheet > *")) return;
    if (batchKey(event, key) || rowKey(key) || (!isOwnEnter(event.target, key) && press(key))) event.preventDefault();
  });

  /* ----- rows: arrows and J, K walk along the links of a list ----- */
  const rowKey = (key) => {
    const step = { arrowdown: 1, j: 1, arrowup: -1, k: -1 }[key];
    const links = all("[data-rows] a.row-link");
    if (!step || !links.length) return false;
    const here = links.indexOf(document.activeElement);
    if (here < 0 && key.startsWith("arrow")) return false;
    const next = links[Math.min(Math.max(here + step, 0), links.length - 1)];
    next.focus();
    return true;
  };

  /* ----- batch: tick, sum, look at the photos of the present row ----- */
  const batch = document.querySelector("form[data-batch]");
  const rows = batch ? all("tbody tr[data-points]", batch) : [];
  const tickOf = (row) => row.querySelector("input[type=checkbox]");
  const masters = batch ? all("[data-batch-all]") : [];
  let present = null;

  const stand = (row, focus = true) => {
    if (!row) return;
    if (present) present.classList.remove("cur");
    present = row;
    row.classList.add("cur");
    if (focus) {
      const target = tickOf(row)?.disabled ? row.querySelector("a") : tickOf(row);
      target?.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
    const template = row.querySelector("template");
    all("[data-batch-panel]").forEach((el) => el.replaceChildren(template.content.cloneNode(true)));
    const at = `${rows.indexOf(row) + 1} / ${rows.length}`;
    all("[data-batch-at]").forEach((el) => { el.textContent = at; });
  };

  const sum = () => {
    const ticked = rows.filter((row) => tickOf(row)?.checked);
    const points = ticked.reduce((total, row) => total + Number(row.dataset.points), 0);
    const say = (name, text) =>
      all(`[data-batch-${name}]`).forEach((el) => { el.textContent = text; });
    say("count", ticked.length.toLocaleString("en"));
    say("points", points.toLocaleString("en"));
    say("left", rows.length - ticked.length);
    all("[data-batch-submit]").forEach((button) => { button.disabled = !ticked.length; });
    const free = rows.filter((row) => tickOf(row) && !tickOf(row).disabled);
    const plain = free.filter((row) => !("flagged" in row.dataset));
    for (const master of masters) {  /* checked and indeterminate at once: the next press unticks */
      master.checked = ticked.length > 0 && plain.every((row) => tickOf(row).checked);
      master.indeterminate = ticked.length > 0 && ticked.length < free.length;
    }
  };

  const tickAll = (on) => {
    let skipped = 0;
    for (const row of rows) {
      const tick = tickOf(row);
      const stays = !tick || tick.disabled || "flagged" in row.dataset;
      if (stays) skipped += 1;
      if (tick && !tick.disabled && (!on || !stays)) tick.checked = on;
    }
    const note = on && skipped ? `跳过 ${skipped} 件，请逐件看` : "";
    all("[data-batch-skipped]").forEach((el) => { el.textContent = note; });
    sum();
  };

  /* A phone has no room beside the table: the look opens over it, with the tick and the next row. */
  const frame = document.querySelector("template[data-batch-frame]");
  const lookOver = (row) => {
    stand(row, false);
    const [tick, next] = ["tick", "next"].map((name) => sheet.querySelector(`[data-batch-${name}]`));
    const box = tickOf(row);
    tick.hidden = !box || box.disabled;
    tick.textContent = box?.checked ? tick.dataset.off : tick.dataset.on;
    next.disabled = row === rows[rows.length - 1];
    opener = row.querySelector("[data-batch-look]");
  };
  const openLook = (event, row) => {
    if (!frame || !row || event.ctrlKey || event.metaKey) return;
    if (matchMedia("(min-width: 900px)").matches) return;
    event.preventDefault();
    sheet.replaceChildren(frame.content.cloneNode(true));
    lookOver(row);
    openedSheet();
  };
  const inLook = (event) => {
    if (event.target.closest("[data-batch-next]")) {
      lookOver(rows[rows.indexOf(present) + 1]);
      sheet.querySelector(".sheet").scrollTop = 0;
      sheet.querySelector("h2")?.focus();
    } else if (event.target.closest("[data-batch-tick]")) {
      tickOf(present).click();
      lookOver(present);
    }
  };

  const batchKey = (event, key) => {
    if (!batch) return false;
    const step = { arrowdown: 1, j: 1, arrowup: -1, k: -1 }[key];
    if (step) {
      stand(rows[Math.min(Math.max(rows.indexOf(present) + step, 0), rows.length - 1)]);
      return true;
    }
    if (key === "enter" && present?.contains(event.target)) {
      const link = document.querySelector("[data-batch-panel] a[data-large]")
        || present.querySelector("a[data-large]");
      if (link) enlarge(link);
      return true;
    }
    return false;
  };

  if (batch) {
    masters.forEach((el) => {
      el.hidden = false;
      el.addEventListener("change", () => tickAll(el.checked));
    });
    batch.addEventListener("change", (event) => { if (!masters.includes(event.target)) sum(); });
    batch.addEventListener("focusin", (event) => {
      const row = event.target.closest("tr[data-points]");
      if (row && row !== present) stand(row, false);
    });
    batch.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-points]");
      if (row) stand(row, false);
      if (event.target.closest("[data-batch-look]")) openLook(event, row);
    });
    sheet.addEventListener("click", inLook);
    sum();
    stand(rows[0], false);
  }
  keepTime();
  openedSheet();
})();
