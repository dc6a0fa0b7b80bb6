/** Which revision a rollback means. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Revision } from "../cluster/helm.ts";
import { lastGood, rollbackTarget, undone } from "./revisions.ts";

const revision = (text: string): Revision => {
  const [number = "", status = "", version = "", ...description] = text.split(" ");
  return {
    revision: Number(number),
    updated: "",
    status,
    chart: `touchstone-${version}`,
    app_version: version,
    description: description.join(" "),
  };
};
const history = (...texts: string[]): Revision[] => texts.map(revision);

suite("the revision that ran well last", () => {
  const check = (expected: number | null, ...texts: string[]): void =>
    void test(texts.join(", ") || "none", () => assert.equal(lastGood(history(...texts))?.revision ?? null, expected));
  check(null);
  check(null, "1 failed 1.0");
  check(null, "1 pending-install 1.0");
  check(1, "1 deployed 1.0");
  check(1, "1 deployed 1.0", "2 failed 1.1");
  check(2, "1 superseded 1.0", "2 deployed 1.1", "3 pending-upgrade 1.2");
  check(1, "1 superseded 1.0", "2 failed 1.1");
});

suite("a rollback without a number", () => {
  const check = (expected: number | null, ...texts: string[]): void =>
    void test(texts.join(", ") || "none", () => assert.equal(rollbackTarget(history(...texts))?.revision ?? null, expected));
  check(null);
  check(null, "1 deployed 1.0");
  check(1, "1 superseded 1.0", "2 deployed 1.1");
  check(1, "1 superseded 1.0", "2 failed 1.1", "3 deployed 1.1");
  check(1, "1 deployed 1.0", "2 failed 1.1");
  check(1, "1 superseded 1.0", "2 superseded 1.1", "3 superseded 1.2", "4 deployed 1.1 Rollback to 2");
  check(null, "1 superseded 1.0", "2 superseded 1.1", "3 deployed 1.0 Rollback to 1");
  check(null, "1 superseded 1.0", "2 superseded 1.1", "3 superseded 1.0 Rollback to 1", "4 deployed 1.0 Rollback to 3");
});

suite("what a way back undoes", () => {
  const all = history("1 superseded 1.0", "2 superseded 1.0", "3 superseded 1.1", "4 deployed 1.1");
  const check = (target: number, expected: number[]): void =>
    void test(`to ${target}`, () => {
      const found = all.find((one) => one.revision === target);
      assert.ok(found);
      assert.deepEqual(
        undone(all, found).map((one) => one.revision),
        expected,
      );
    });
  check(4, []);
  check(3, []);
  check(2, [3, 4]);
  check(1, [3, 4]);
});
