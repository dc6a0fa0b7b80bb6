import assert from "node:assert/strict";
import { test } from "node:test";
import { differencesOf, differencesText } from "./sums.ts";

const sum = (table: string, rows: number, digest = "a") => ({ table, rows, digest });
const CASES: [name: string, before: ReturnType<typeof sum>[], after: ReturnType<typeof sum>[], text: string][] = [
  ["the same", [sum("a", 1), sum("b", 0)], [sum("b", 0), sum("a", 1)], ""],
  ["nothing", [], [], ""],
  ["a row less", [sum("a", 2)], [sum("a", 1, "b")], "a (2 before, 1 after)"],
  ["a row changed", [sum("a", 2)], [sum("a", 2, "b")], "a (2, other contents)"],
  ["a table less", [sum("a", 2), sum("b", 1)], [sum("a", 2)], "b (1 before, not there after)"],
  ["a table more", [sum("a", 2)], [sum("a", 2), sum("b", 1)], "b (not there before, 1 after)"],
];
for (const [name, before, after, text] of CASES)
  test(`stores beside each other: ${name}`, () => assert.equal(differencesText(differencesOf(before, after)), text));
