/** What is a difference between two checks, and what only looks like one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDifference } from "./check-difference.ts";
import { readCheck } from "./read.ts";

const BEFORE = { rule_type: "between", container: "orders", fields: ["price"], properties: { min: 0, max: 9 }, description: "in range" };

const CASES: { name: string; after: object; parts: string[] }[] = [
  { name: "the same", after: {}, parts: [] },
  { name: "another order of keys", after: { properties: { max: 9, min: 0 } }, parts: [] },
  {
    name: "a default written out",
    after: { properties: { min: 0, max: 9, inclusive_min: true }, null_policy: "pass", status: "Active" },
    parts: [],
  },
  { name: "whole coverage", after: { coverage: 1 }, parts: [] },
  { name: "no description", after: { description: "" }, parts: [] },
  { name: "another identity", after: { uid: "x" }, parts: [] },
  { name: "evidence", after: { inferred: true }, parts: [] },
  { name: "capitals of a field", after: { fields: ["Price"] }, parts: [] },
  { name: "a bound", after: { properties: { min: 1, max: 9 } }, parts: ["properties"] },
  { name: "a filter", after: { filter: "id > 1" }, parts: ["filter"] },
  {
    name: "several",
    after: { coverage: 0.9, tags: ["a"], status: "Draft", description: "other" },
    parts: ["coverage", "description", "tags", "status"],
  },
  { name: "metadata", after: { additional_metadata: { control: 1 } }, parts: ["additional_metadata"] },
  { name: "another rule", after: { rule_type: "positive", properties: {} }, parts: ["rule_type", "properties"] },
];

test("a difference is one of meaning, told part by part", () => {
  for (const { name, after, parts } of CASES)
    assert.deepEqual(Object.keys(checkDifference(readCheck(BEFORE), readCheck({ ...BEFORE, ...after }))), parts, name);
});

test("tags in another order or in capitals are the same tags", () => {
  const [one, other] = [readCheck({ ...BEFORE, tags: ["a", "B"] }), readCheck({ ...BEFORE, tags: ["b", "A", "a"] })];
  assert.deepEqual(checkDifference(one, other), {});
});

test("a difference shows both sides as they are written, and no identity", () => {
  const one = readCheck({ ...BEFORE, uid: "u1", additional_metadata: { control: 1 } });
  const other = readCheck({ ...BEFORE, uid: "u2", coverage: 0.5 });
  assert.deepEqual(checkDifference(one, other), { coverage: [null, 0.5], additional_metadata: [{ control: 1 }, {}] });
});
