// Copies the published front-end files to static/vendor, where the console serves them.
// Run by `npm ci` (postinstall); safe to run again.
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "static", "vendor");
const files = {
  "htmx.org/dist/htmx.min.js": "htmx.js",
  "htmx.org/dist/ext/hx-csp.min.js": "hx-csp.js",
  "uplot/dist/uPlot.iife.min.js": "uplot.js",
  "uplot/dist/uPlot.min.css": "uplot.css",
};

await mkdir(target, { recursive: true });
for (const [from, to] of Object.entries(files)) {
  await copyFile(join(here, "node_modules", from), join(target, to));
}
