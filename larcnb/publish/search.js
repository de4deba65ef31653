// Search of the index: leaves in the table the authorities whose name, status or pages hold every word typed.
(() => {
  "use strict";
  const box = document.querySelector(".search"), field = box.querySelector("input");
  const status = box.querySelector("[role=status]");
  const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const rows = [...document.querySelectorAll("#authorities ~ .table tbody tr")];
  const texts = rows.map((row) => plain(row.textContent));

  const search = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, n) => {
      row.hidden = !words.every((word) => texts[n].includes(word));
      shown += !row.hidden;
    });
    status.textContent = words.length ? shown + " of " + rows.length + " shown" : "";
  };

  field.addEventListener("input", search);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      search();
    }
  });
  box.hidden = false;
  search();
})();
