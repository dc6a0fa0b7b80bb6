/** How a look ends at which the chart or the images of a release could not be had. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "@touchstone/core/errors";
import { isAlarm, outcomeOf } from "./update-once.ts";

const CASES: readonly [code: ErrorCode, outcome: ReturnType<typeof outcomeOf>][] = [
  ["DOCUMENT_UNREADABLE", "unreachable"],
  ["CHART_ALTERED", "refused"],
  ["CHART_OTHERWISE", "refused"],
  ["CONTENT_ALTERED", "refused"],
  ["IMAGE_UNSIGNED", "refused"],
  ["IMAGE_UNVERIFIED", "refused"],
  ["TOOL_FAILED", "stopped"],
];
for (const [code, outcome] of CASES)
  test(`${code}: ${outcome}`, () => {
    assert.equal(outcomeOf({ code }), outcome);
    assert.ok(isAlarm({ outcome, product: null, why: "" }));
  });
