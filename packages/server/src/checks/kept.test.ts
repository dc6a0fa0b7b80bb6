import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, edited, Kept, neededFor, touchesContent } from "./kept.ts";

const BETWEEN: Kept = {
  rule_type: "between",
  fields: ["price"],
  coverage: null,
  filter: null,
  properties: { min: 0, max: 9 },
  null_policy: "pass",
  anomaly_message_field: null,
  description: "prices",
  additional_metadata: {},
  status: "Active",
  inferred: true,
  owner_id: null,
  default_anomaly_assignee_id: null,
  tags: ["a", "b"],
};
const EDITOR = 7;

type Case = { name: string; change: Partial<Kept>; from?: Partial<Kept>; changed: string[]; content: boolean; needs: string };
const cases: Case[] = [
  { name: "nothing", change: {}, changed: [], content: false, needs: "Drafter" },
  {
    name: "a default written out",
    change: { properties: { max: 9, min: 0, inclusive_min: true } },
    changed: [],
    content: false,
    needs: "Drafter",
  },
  { name: "full coverage said in a number", change: { coverage: 1 }, changed: [], content: false, needs: "Drafter" },
  { name: "tags in another order and other capitals", change: { tags: ["B", "a"] }, changed: [], content: false, needs: "Drafter" },
  { name: "a tag", change: { tags: ["a"] }, changed: ["tags"], content: false, needs: "Drafter" },
  { name: "a bound", change: { properties: { min: 1, max: 9 } }, changed: ["properties"], content: true, needs: "Author" },
  {
    name: "an end that is not included",
    change: { properties: { min: 0, max: 9, inclusive_max: false } },
    changed: ["properties"],
    content: true,
    needs: "Author",
  },
  { name: "a filter", change: { filter: "a = 'ü'" }, changed: ["filter"], content: true, needs: "Author" },
  { name: "coverage", change: { coverage: 0.99 }, changed: ["coverage"], content: true, needs: "Author" },
  { name: "NULL fails", change: { null_policy: "fail" }, changed: ["null_policy"], content: true, needs: "Author" },
  { name: "words", change: { description: "" }, changed: ["description"], content: false, needs: "Author" },
  { name: "metadata", change: { additional_metadata: { a: 1 } }, changed: ["additional_metadata"], content: false, needs: "Author" },
  {
    name: "metadata in another order",
    from: { additional_metadata: { a: 1, b: { c: 2, d: 3 } } },
    change: { additional_metadata: { b: { d: 3, c: 2 }, a: 1 } },
    changed: [],
    content: false,
    needs: "Drafter",
  },
  { name: "status", change: { status: "Draft" }, changed: ["status"], content: false, needs: "Author" },
  { name: "a draft's filter", from: { status: "Draft" }, change: { filter: "TRUE" }, changed: ["filter"], content: true, needs: "Drafter" },
  {
    name: "a draft is activated",
    from: { status: "Draft" },
    change: { status: "Active" },
    changed: ["status"],
    content: false,
    needs: "Author",
  },
];

for (const { name, change, from = {}, changed, content, needs } of cases)
  test(name, () => {
    const before = { ...BETWEEN, ...from };
    const asked = { ...before, ...change };
    const changes = changesOf(before, asked);
    assert.deepEqual([Object.keys(changes), touchesContent(changes), neededFor(before, changes)], [changed, content, needs]);
    const after = edited(before, asked, EDITOR);
    assert.deepEqual([after.inferred, after.owner_id], content ? [false, EDITOR] : [true, null]);
    const authored = { ...before, inferred: false, owner_id: 3 };
    assert.equal(edited(authored, { ...authored, ...change }, EDITOR).owner_id, 3);
  });

test("what is kept is what a version can be read from", () => assert.deepEqual(Kept.parse(JSON.parse(JSON.stringify(BETWEEN))), BETWEEN));
