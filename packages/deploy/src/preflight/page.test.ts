/** The page of checks says what the checks say: `UPDATE_DOCS=1` writes its table. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHECKS } from "./checks.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/deploy-preflight.md");
const TABLE = /\| Check \|[\s\S]*?\n(?!\|)/;

const rows = CHECKS.map(({ id, looks, needs }) => `| \`${id}\` | ${looks} | ${needs} |`);
const table = `| Check | What is looked at | What is needed |\n|---|---|---|\n${rows.join("\n")}\n`;

test("docs/deploy-preflight.md lists every check as it is: UPDATE_DOCS=1", () => {
  const page = readFileSync(PAGE, "utf8");
  if (process.env["UPDATE_DOCS"] !== undefined) writeFileSync(PAGE, page.replace(TABLE, `${table}\n`.slice(0, -1)));
  assert.ok(readFileSync(PAGE, "utf8").includes(table));
});

test("no check is called twice, and each is short enough for a terminal", () => {
  const ids = CHECKS.map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
  for (const id of ids) assert.match(id, /^[a-z][a-z-]{1,15}$/);
});
