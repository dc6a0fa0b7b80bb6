/** The record of what was done: what is kept, and what a text that is none means. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { begun, cutOff, ended, recordIn, withOperation, withStep, type DeployRecord } from "./record.ts";

const NOTHING: DeployRecord = { version: 1, operations: [] };

test("an operation that ended is not cut off, one that did not is", () => {
  const operation = withStep(begun("upgrade", null), "helm", "upgrading");
  assert.equal(cutOff(NOTHING), null);
  assert.equal(cutOff(withOperation(NOTHING, operation))?.id, operation.id);
  for (const outcome of ["succeeded", "unchanged", "failed", "rolled-back", "interrupted", "killed"] as const)
    assert.equal(cutOff(withOperation(NOTHING, ended(operation, outcome))), null);
});

test("an operation replaces what it was, and the last twenty stay", () => {
  const one = begun("install", null);
  const twice = withOperation(withOperation(NOTHING, one), ended(one, "succeeded"));
  assert.deepEqual(
    twice.operations.map(({ outcome }) => outcome),
    ["succeeded"],
  );
  const many = Array.from({ length: 25 }, () => ended(begun("upgrade", null), "succeeded"));
  const kept = many.reduce(withOperation, NOTHING).operations;
  assert.deepEqual(kept, many.slice(5));
});

test("a long reason is cut", () => {
  assert.equal(ended(begun("upgrade", null), "failed", "x".repeat(9000)).why?.length, 2000);
});

for (const [name, text] of [
  ["nothing", undefined],
  ["no JSON", "{"],
  ["another version", '{"version":2,"operations":[]}'],
  ["something else", '{"version":1,"operations":[{"id":1}]}'],
] as const)
  test(`${name} is no record`, () => assert.deepEqual(recordIn(text), NOTHING));

test("a record is read as it was written", () => {
  const record = withOperation(
    NOTHING,
    ended(withStep(begun("rollback", { revision: 2, chart: "touchstone-1.0.0", appVersion: "1.0.0" }), "a", "b"), "failed", "ü"),
  );
  assert.deepEqual(recordIn(JSON.stringify(record)), record);
});
