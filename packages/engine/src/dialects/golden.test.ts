/** The SQL of each dialect against golden/NAME.sql. To accept a change: UPDATE_GOLDEN=1 node --test packages/engine/src/dialects/golden.test.ts */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GOLDEN_CASES } from "./golden-cases.ts";
import { DIALECTS } from "./index.ts";
import { renderExpr } from "./render.ts";

const NOW = "2024-02-29T13:14:15.000Z";

for (const dialect of Object.values(DIALECTS)) {
  test(`SQL of ${dialect.title}`, () => {
    const path = join(import.meta.dirname, "golden", `${dialect.name}.sql`);
    const written = Object.entries(GOLDEN_CASES).map(([title, expr]) => `-- ${title}\n${renderExpr(expr, { dialect, now: NOW })}\n`);
    const all = `${written.join("\n")}`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, all);
    assert.equal(all, readFileSync(path, "utf8"));
  });
}
