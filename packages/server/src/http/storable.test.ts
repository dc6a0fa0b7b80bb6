/** Which texts of a request can be stored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isStorable, maySpellUnstorable } from "./storable.ts";

const CASES: { json: string; good: boolean }[] = [
  { json: '"plain, 😀 and \\u00e9"', good: true },
  { json: '"\\ud83d\\ude00"', good: true },
  { json: '"a pattern: \\\\u0000"', good: true },
  { json: '{"a":[1,null,true,"x"]}', good: true },
  { json: '"\\u0000"', good: false },
  { json: '{"a":["\\u0000"]}', good: false },
  { json: '{"\\u0000":1}', good: false },
  { json: '"\\ud83d"', good: false },
  { json: `${"[".repeat(200_000)}"\\u0000"${"]".repeat(200_000)}`, good: false },
  { json: '"\\uDE00\\uD83D"', good: false },
];

test("texts with NUL or half a surrogate pair are found, wherever they are", () => {
  for (const { json, good } of CASES) {
    assert.equal(isStorable(JSON.parse(json)), good, json);
    if (!good) assert.ok(maySpellUnstorable(json), json);
  }
});
