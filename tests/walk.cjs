// Walks through the panel and the search by keyboard alone, under the pages' own policy; prints JSON.
// node walk.cjs CHROMIUM PANEL_PAGE INDEX_PAGE PLACES with NODE_PATH naming the folder that holds playwright-core.
const { chromium } = require("playwright-core");

(async () => {
  const [executablePath, panel, index, places] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
  const seen = { complaints: [], steps: [] };
  const open = async (page, options) => {
    const tab = await (await browser.newContext(options)).newPage();
    tab.on("console", (m) => m.type() === "error" && seen.complaints.push(m.text()));
    await tab.goto("file://" + page);
    return tab;
  };
  const status = (tab) => tab.evaluate(() => document.querySelector("[role=status]").textContent);
  const focused = (tab) => tab.evaluate(() => {
    const it = document.activeElement, style = getComputedStyle(it);
    return { label: it.labels?.[0]?.textContent ?? it.textContent, said: it.getAttribute("aria-valuetext"),
      ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 1 };
  });

  let tab = await open(panel);
  seen.first = await status(tab);
  for (let n = 0; n < 200 && !(await focused(tab)).said; n++) await tab.keyboard.press("Tab");
  for (const key of ["ArrowRight", "End", "Home", "Tab", "Home", "Tab", "Tab", "Tab", "Home", "Tab", "Enter"]) {
    await tab.keyboard.press(key);
    seen.steps.push({ key, ...(await focused(tab)), status: await status(tab) });
  }
  seen.words = await tab.evaluate((places) => {
    const sliders = [...document.querySelectorAll(".what-if input")];
    return places.map((place) => {
      place.forEach((at, n) => (sliders[n].value = at));
      sliders[0].dispatchEvent(new Event("input"));
      return document.querySelector("[role=status]").textContent;
    });
  }, JSON.parse(places));

  tab = await open(panel, { javaScriptEnabled: false });
  seen.unscripted = [await tab.locator(".what-if [role=status]").textContent(), await tab.locator("fieldset").isVisible()];

  tab = await open(index);
  const rows = () => tab.locator("#authorities ~ .table tbody tr:visible").count();
  seen.rows = [await rows()];
  for (let n = 0; n < 50 && (await focused(tab)).label !== "Find an authority"; n++) await tab.keyboard.press("Tab");
  await tab.keyboard.type("ALDER 950");
  seen.rows.push(await rows());
  seen.search = await status(tab);
  await tab.keyboard.press("Escape");
  seen.rows.push(await rows());
  tab = await open(index, { javaScriptEnabled: false });
  seen.rows.push(await rows());
  seen.box = await tab.locator(".search").isVisible();
  await browser.close();
  console.log(JSON.stringify(seen));
})();
