/* Photos and position of a proof. Photos are made small on the phone (the hills have little signal)
   and shown before they are sent; the position is asked for only when the switch is turned on.
   Without this file the plain inputs send what the camera gave. */
(() => {
  "use strict";
  const BYTES_MAX = 300 * 1024;
  const QUALITIES = [0.82, 0.7, 0.55];
  const SMALLER = [1, 0.8, 0.6];  /* of the edge, when even the lowest quality is too large */
  const SPRITE = document.querySelector("svg.i use")?.getAttribute("href").split("#")[0] || "";

  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${SPRITE}#i-${name}`);
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    svg.append(use);
    return svg;
  };

  /* ----- when a photo was taken: EXIF DateTimeOriginal, which the canvas would lose ----- */
  const exifTime = async (file) => {
    const view = new DataView(await file.slice(0, 256 * 1024).arrayBuffer());
    if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return "";
    let at = 2;
    while (at + 10 < view.byteLength && view.getUint8(at) === 0xff) {
      const isExif = view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966;
      if (isExif) return readExif(view, at + 10);
      at += 2 + view.getUint16(at + 2);
    }
    return "";
  };
  const readExif = (view, base) => {
    const little = view.getUint16(base) === 0x4949;
    const find = (directory, wanted) => {
      const count = view.getUint16(base + directory, little);
      for (let i = 0; i < count; i += 1) {
        const entry = base + directory + 2 + i * 12;
        if (view.getUint16(entry, little) === wanted) return view.getUint32(entry + 8, little);
      }
      return 0;
    };
    const own = find(view.getUint32(base + 4, little), 0x8769);
    const where = own && find(own, 0x9003);
    if (!where) return "";
    let text = "";
    for (let i = 0; i < 19; i += 1) text += String.fromCharCode(view.getUint8(base + where + i));
    const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(text);
    return parts ? `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}` : "";
  };
  const takenAt = async (file) => {
    let time = "";
    try {
      time = await exifTime(file);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;  /* a truncated header has no time */
    }
    return time || (file.lastModified ? new Date(file.lastModified).toISOString() : "");
  };

  const hour = (time) => {
    if (!time) return "";
    const at = new Date(time);
    const two = (number) => String(number).padStart(2, "0");
    return `${two(at.getHours())}:${two(at.getMinutes())}`;
  };

  /* ----- a small JPEG, upright; what cannot be decoded goes as it is, the server judges ----- */
  const draw = (bitmap, scale) => {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#fff";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  };
  const shrink = async (file, edge) => {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      return file;
    }
    const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.type === "image/jpeg" && file.size <= BYTES_MAX) {
      bitmap.close();
      return file;
    }
    let blob = null;
    for (const smaller of SMALLER) {
      const canvas = draw(bitmap, scale * smaller);
      for (const quality of QUALITIES) {
        blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });
        if (blob && blob.size <= BYTES_MAX) break;
      }
      if (blob && blob.size <= BYTES_MAX) break;
    }
    bitmap.close();
    if (!blob) return file;
    const name = `${file.name.replace(/\.\w+$/, "") || "photo"}.jpg`;
    return new File([blob], name, { type: "image/jpeg", lastModified: file.lastModified });
  };

  /* ----- the box: previews, remove, and the files that the form will send ----- */
  const enhance = (input) => {
    const box = input.closest("[data-photos-box]");
    const add = input.closest("figure") || input;
    const words = add.querySelector("label span");
    const first = words?.textContent;
    const slot = add.querySelector("figcaption")?.textContent || "";
    const edge = Number(input.dataset.maxEdge) || 1600;
    let kept = [];

    const commit = () => {
      const transfer = new DataTransfer();
      kept.forEach((one) => transfer.items.add(one.file));
      input.files = transfer.files;
      kept.forEach((one) => { one.time.value = one.takenAt; });
      const again = input.multiple ? "再拍一张" : "换一张";
      if (words) words.textContent = kept.length ? again : first;
      input.dispatchEvent(new CustomEvent("photos:changed", { bubbles: true }));
    };
    const forget = (one) => {
      URL.revokeObjectURL(one.url);
      one.figure.remove();
    };
    const drop = (one) => {
      kept = kept.filter((other) => other !== one);
      forget(one);
      commit();
      input.focus();
    };
    const show = (one) => {
      const figure = document.createElement("figure");
      figure.className = "shot-frame";
      const frame = document.createElement("div");
      frame.className = "photo";
      const image = document.createElement("img");
      image.src = one.url;
      image.alt = "待送出的照片";
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "del";
      remove.setAttribute("aria-label", "删去这张");
      const round = document.createElement("span");
      round.append(icon("x"));
      remove.append(round);
      remove.addEventListener("click", () => drop(one));
      const caption = document.createElement("figcaption");
      caption.className = "cap";
      caption.textContent = [input.multiple ? "" : slot, hour(one.takenAt)].join(" ").trim();
      image.addEventListener("error", () => {
        image.replaceWith(icon("alert"));
        caption.textContent = "打不开，可能不是照片";
      });
      one.time = document.createElement("input");
      one.time.type = "hidden";
      one.time.name = input.dataset.taken || "taken_at";
      frame.append(image, remove);
      figure.append(frame, caption, one.time);
      one.figure = figure;
      box.insertBefore(figure, add);
    };
    input.addEventListener("change", async () => {
      const chosen = [...input.files];
      if (!chosen.length) { commit(); return; }
      box.setAttribute("aria-busy", "true");
      if (words) words.textContent = "正在压小…";
      const fresh = [];
      for (const file of chosen) {
        const one = { takenAt: await takenAt(file), file: await shrink(file, edge) };
        one.url = URL.createObjectURL(one.file);
        fresh.push(one);
      }
      if (!input.multiple) kept.splice(0).forEach(forget);
      fresh.forEach(show);
      kept = kept.concat(fresh);
      box.removeAttribute("aria-busy");
      commit();
    });
    /* A form sent while photos are still being made small would go without them. */
    input.form?.addEventListener("submit", (event) => {
      if (box.hasAttribute("aria-busy")) event.preventDefault();
    });
    input.form?.addEventListener("reset", () => kept.slice().forEach(drop));
  };

  /* ----- position, only on request ----- */
  const position = (box) => {
    const toggle = box.querySelector("input[role=switch]");
    const words = box.querySelector("[data-position-text]");
    const off = words.textContent;
    const fill = (values) => ["lat", "lon", "accuracy_m"].forEach((name) => {
      box.querySelector(`input[name$="${name}"]`).value = values ? values[name] : "";
    });
    const found = ({ coords }) => {
      if (!toggle.checked) return;
      const near = Math.max(1, Math.round(coords.accuracy));
      fill({ lat: coords.latitude.toFixed(6), lon: coords.longitude.toFixed(6), accuracy_m: near });
      words.textContent = `现场位置：已附上，误差约 ${near} 米`;
    };
    const lost = (error) => {
      toggle.checked = false;
      fill(null);
      words.textContent = error.code === 1
        ? "没有取到位置：请在手机设置里允许定位，再打开开关"
        : "没有取到位置：请走到室外再打开开关";
    };
    if (!("geolocation" in navigator)) return;
    box.hidden = false;
    toggle.addEventListener("change", () => {
      if (!toggle.checked) { fill(null); words.textContent = off; return; }
      words.textContent = "正在取位置…";
      const wish = { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 };
      navigator.geolocation.getCurrentPosition(found, lost, wish);
    });
  };

  document.querySelectorAll("input[data-photos]").forEach(enhance);
  document.querySelectorAll("[data-position]").forEach(position);
})();
