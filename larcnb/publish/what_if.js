// The panel: looks up the avoided cost at the sliders' places and says the verdict in the package's own words.
(() => {
  "use strict";
  const panel = document.querySelector(".what-if");
  const facts = JSON.parse(panel.dataset.facts);
  const avoided = panel.dataset.avoided.split(",").map(Number);
  const sliders = [...panel.querySelectorAll("input")];
  const texts = sliders.map((slider) => slider.dataset.texts.split("|"));
  const started = sliders.map((slider) => slider.defaultValue);

  // As Python rounds: half to the even.
  const round = (x) => {
    const low = Math.floor(x), rest = x - low;
    return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
  };
  const gbp = (pence) => (pence < 0 ? "\u2212\u2060" : "") + "\u00a3" + String(round(Math.abs(pence) / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const words = (places) => {
    const [chance, prevented] = facts.shares.map((stops, n) => stops[places[n]]);
    const point = facts.sizes.reduce((at, size, n) => at * size + places[n + facts.shares.length], 0);
    const told = avoided[point] * chance, held = round(told * prevented);
    const first = fill(facts.words[held >= facts.inputs ? "saves" : "costs"], {
      years: facts.years, saving: gbp(Math.abs(held - facts.inputs)), avoided: gbp(held), spent: gbp(facts.inputs),
    });
    if (!told) return first + " " + facts.words.unpriced;
    if (facts.inputs > told) return first + " " + facts.words.never;
    return first + " " + fill(facts.words.at_least, { share: round((facts.inputs / told) * 100) + "%" });
  };

  const show = () => {
    const places = sliders.map((slider) => Number(slider.value));
    sliders.forEach((slider, n) => {
      slider.setAttribute("aria-valuetext", texts[n][places[n]]);
      slider.nextElementSibling.textContent = texts[n][places[n]];
    });
    panel.querySelector("[role=status]").textContent = words(places);
  };

  sliders.forEach((slider) => slider.addEventListener("input", show));
  panel.querySelector("button").addEventListener("click", () => {
    sliders.forEach((slider, n) => (slider.value = started[n]));
    show();
  });
  panel.querySelector("fieldset").hidden = false;
  show();
})();
