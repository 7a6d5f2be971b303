// Plays a .glb file in three.js in headless Chromium: node play.mjs FILE CHROMIUM OUT_PREFIX TIME[:SEAT]...
// Takes a picture for each time, OUT_PREFIX-0.png and so on, and prints what three.js made of the motion as JSON.
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [file, executablePath, prefix, ...wishes] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const types = { ".html": "text/html", ".js": "text/javascript", ".glb": "model/gltf-binary" };
const server = createServer((request, response) => {
  const path = normalize(decodeURI(new URL(request.url, "http://localhost").pathname));
  const wanted = path === "/scene.glb" ? file : join(here, path);
  if (!existsSync(wanted) || path.includes("..")) { response.writeHead(404).end(); return; }
  response.writeHead(200, { "content-type": types[extname(wanted)] ?? "application/octet-stream" });
  createReadStream(wanted).pipe(response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const profile = mkdtempSync(join(tmpdir(), "dyad-chromium-"));
const flags = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const browser = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: flags, viewport: { width: 480, height: 480 } });
try {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/page.html`);
  await page.waitForFunction(() => window.ready, null, { timeout: 60000 }).catch((error) => { throw new Error(`${error}\n${complaints.join("\n")}`); });
  const states = [];
  for (const [index, wish] of wishes.entries()) {
    const [time, seat] = wish.split(":");
    states.push(await page.evaluate(([t, s]) => window.draw(t, s), [Number(time), seat]));
    await page.screenshot({ path: `${prefix}-${index}.png` });
  }
  console.log(JSON.stringify({ states, complaints }));
} finally {
  await browser.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
