/* The print page: a button that opens the browser's own dialogue. Without scripts it stays hidden. */
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
