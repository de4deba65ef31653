// Looks at pages in a browser as readers would: axe-core, requests, overflow, keyboard; prints JSON.
// node axe.cjs CHROMIUM PAGE... with NODE_PATH naming the folder that holds axe-core and playwright-core.
// 320 px dark and 1280 px light; with LARCNB_BOTH set, both schemes at both widths.
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
    for (const width of [320, 1280]) {
      for (const colorScheme of process.env.LARCNB_BOTH ? ["light", "dark"] : [width === 320 ? "dark" : "light"]) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
        const tab = await context.newPage();
        const requests = [], complaints = [];
        tab.on("request", (r) => r.url().startsWith("data:") || requests.push(r.url()));
        tab.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
        await tab.goto("file://" + page);
        await tab.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
        await tab.evaluate(source);
        const result = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
        const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await tab.keyboard.press("Tab");
        const first = await tab.evaluate(() => document.activeElement.textContent);
        found.push({
          page, width, colorScheme, overflow, first, complaints,
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
