/** Writes the pages that are made: `node packages/deploy/src/advise/write.ts`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pages } from "./pages.ts";

export const DOCS_FOLDER = join(import.meta.dirname, "../../../../docs");

if (import.meta.main)
  for (const [name, text] of Object.entries(pages())) {
    const path = join(DOCS_FOLDER, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
