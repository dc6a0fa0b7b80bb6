/** Writes what of the chart is made: `node packages/deploy/src/chart/write.ts`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { chartFiles } from "./files.ts";

export const CHART_FOLDER = join(import.meta.dirname, "../../../../deploy/helm/touchstone");

if (import.meta.main)
  for (const [name, text] of Object.entries(chartFiles())) {
    const path = join(CHART_FOLDER, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
