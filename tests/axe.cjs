// Looks at pages in a browser as readers would: axe-core, requests, overflow, keyboard; prints JSON.
// node axe.cjs CHROMIUM PAGE... with NODE_PATH naming the folder that holds axe-core and playwright-core.
// 320 px dark and 1280 px light; with LARCNB_BOTH set, both schemes at both widths. LARCNB_WIDTHS gives other widths.
// sheets: of A4 when printed; code: parts of the analyst's layer in sight before and after the switch is used.
// cut: words of a chart that lie outside the screen or on top of each other.
const { chromium } = require("playwright-core");
const source = require("fs").readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

(async () => {
  const [executablePath, ...pages] = process.argv.slice(2);
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  const found = [];
  for (const page of pages) {
    for (const width of (process.env.LARCNB_WIDTHS || "320,1280").split(",").map(Number)) {
      for (const colorScheme of process.env.LARCNB_BOTH ? ["light", "dark"] : [width < 1280 ? "dark" : "light"]) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
        const tab = await context.newPage();
        const requests = [], complaints = [];
        tab.on("request", (r) => r.url().startsWith("data:") || requests.push(r.url()));
        tab.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
        await tab.goto("file://" + page);
        await tab.keyboard.press("Tab");
        const first = await tab.evaluate(() => document.activeElement.textContent);
        // A printed page, in sheets of A4; where the analyst's layer is off, and when the keyboard has put it on.
        const sheets = width < 1280 ? 0 : (await tab.pdf({ preferCSSPageSize: true })).toString("latin1").split(/\/Type \/Page\b(?!s)/).length - 1;
        const analyst = () => [...document.querySelectorAll(".analyst")].filter((e) => e.checkVisibility()).length;
        const off = await tab.evaluate(analyst);
        const has = await tab.evaluate(() => document.querySelector("#show-code") && document.querySelector("#show-code").focus() === undefined);
        if (has) await tab.keyboard.press("Space");
        const on = await tab.evaluate(analyst);
        await tab.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
        await tab.evaluate(source);
        const result = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
        const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        const cut = await tab.evaluate(() => [...document.querySelectorAll(".chart")].flatMap((chart) => {
          const words = [...chart.querySelectorAll("text, .label, .figures, .key span")]
            .map((e) => [e.textContent.trim(), e.getBoundingClientRect()]).filter(([text, r]) => text && r.width && r.height);
          const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
          return [...words.filter(([, r]) => r.left < 0 || r.right > innerWidth).map(([text]) => `outside: ${text}`),
            ...words.flatMap(([text, r], n) => words.slice(n + 1).filter(([, o]) => over(r, o)).map(([other]) => `${text} on ${other}`))];
        }));
        found.push({
          page, width, colorScheme, overflow, cut, first, complaints, sheets, code: [off, on],
          requests: requests.filter((r) => r !== "file://" + page),
          violations: result.violations.map((v) => `${v.id} (${v.impact}) x${v.nodes.length}: ${v.nodes[0].html.slice(0, 160)}`),
        });
        await context.close();
      }
    }
  }
  await browser.close();
  console.log(JSON.stringify(found));
})();
