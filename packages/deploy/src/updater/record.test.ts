/** What the updater remembers, and how one look becomes the next. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  forgiven,
  NOTHING_SEEN,
  settled,
  UpdaterRecord,
  withAttempt,
  withCondition,
  withEnd,
  withSeen,
  type UpdaterRecord as Record,
} from "./record.ts";

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 24, 12, minute));
const begun = withAttempt(NOTHING_SEEN, "1.4.0", "1.3.2", at(0));

test("a condition that stays is older than the last look", () => {
  const told = { outcome: "outside-window" as const, product: "1.4.0", why: "it waits" };
  const first = withCondition(NOTHING_SEEN, told, at(0));
  const second = withCondition(first, { ...told, why: "it still waits" }, at(30));
  assert.deepEqual(second.condition, { ...told, why: "it still waits", at: at(30).toISOString(), since: at(0).toISOString() });
  assert.equal(withCondition(second, { ...told, product: "1.4.1" }, at(60)).condition?.since, at(60).toISOString());
  assert.equal(withCondition(second, { ...told, why: "x".repeat(5000) }, at(60)).condition?.why.length, 2000);
});

test("channels have numbers of their own", () => {
  const both = withSeen(withSeen(NOTHING_SEEN, "early", 9, "sha256:e"), "stable", 2, "sha256:s");
  assert.deepEqual(both.seen, { early: { counter: 9, digest: "sha256:e" }, stable: { counter: 2, digest: "sha256:s" } });
});

test("an upgrade that went well is in the history, and nothing is held against it", () => {
  const ended = withEnd(begun, "upgraded", "", at(5));
  assert.equal(ended.attempt, null);
  assert.deepEqual(ended.failed, []);
  assert.deepEqual(ended.upgrades, [
    { product: "1.4.0", from: "1.3.2", startedAt: at(0).toISOString(), endedAt: at(5).toISOString(), outcome: "upgraded", why: "" },
  ]);
});

test("a version that failed is remembered until a person forgives it", () => {
  const failed = withEnd(withAttempt(withEnd(begun, "failed", "its pods", at(5)), "1.4.1", "1.3.2", at(6)), "failed", "its job", at(7));
  const products = (record: Record): string[] => record.failed.map(({ product }) => product);
  assert.deepEqual(products(failed), ["1.4.0", "1.4.1"]);
  assert.deepEqual(products(forgiven(failed, "1.4.0")), ["1.4.1"]);
  assert.deepEqual(products(forgiven(failed, "7.0.0")), ["1.4.0", "1.4.1"]);
  assert.deepEqual(products(forgiven(failed, null)), []);
});

const SETTLED: readonly { what: string; times: number; running: string | null; becomes: "open" | "upgraded" | "failed" }[] = [
  { what: "killed after all was done", times: 2, running: "1.4.0", becomes: "upgraded" },
  { what: "killed once", times: 0, running: "1.3.2", becomes: "open" },
  { what: "killed twice", times: 1, running: "1.3.2", becomes: "open" },
  { what: "killed three times", times: 2, running: "1.3.2", becomes: "failed" },
  { what: "nothing runs any more", times: 0, running: null, becomes: "open" },
];
for (const { what, times, running, becomes } of SETTLED)
  test(`${what}: ${becomes}`, () => {
    const next = settled({ ...begun, interrupted: times === 0 ? null : { product: "1.4.0", times } }, running, at(30));
    assert.equal(next.attempt, null);
    assert.equal(next.upgrades.at(-1)?.outcome ?? "open", becomes);
    assert.deepEqual(next.interrupted, becomes === "open" ? { product: "1.4.0", times: times + 1 } : null);
    assert.deepEqual(settled(next, running, at(60)), next, "what was settled stays so, however often one looks");
  });

test("another version has a count of its own", () =>
  assert.deepEqual(settled({ ...begun, interrupted: { product: "1.3.9", times: 2 } }, "1.3.2", at(30)).interrupted, {
    product: "1.4.0",
    times: 1,
  }));

test("it stays small enough for a ConfigMap, and reads as it was written", () => {
  let record = NOTHING_SEEN;
  for (let n = 0; n < 100; n++) record = withEnd(withAttempt(record, `1.0.${n}`, "0.9.0", at(0)), "failed", "x".repeat(9000), at(1));
  assert.ok(JSON.stringify(record).length < 250_000);
  assert.equal(record.failed.at(-1)?.product, "1.0.99");
  assert.deepEqual(UpdaterRecord.parse(JSON.parse(JSON.stringify(record))), record);
  assert.deepEqual(settled(NOTHING_SEEN, "1.0.0", at(0)), NOTHING_SEEN);
});
