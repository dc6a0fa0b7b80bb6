/** Buckets of callers, and what they are told: by a clock of the test's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rateLimiter } from "./rate-limit.ts";

test("a caller may send a burst, then as much as flows in, and is told what is left", () => {
  let seconds = 100;
  const admit = rateLimiter({ perSecond: 2, burst: 4 }, () => seconds);
  const steps: { at: number; caller?: string; left: number; reset: number; wait: number | null }[] = [
    { at: 0, left: 3, reset: 1, wait: null },
    { at: 0, left: 2, reset: 1, wait: null },
    { at: 0, left: 1, reset: 2, wait: null },
    { at: 0, left: 0, reset: 2, wait: null },
    { at: 0, left: 0, reset: 2, wait: 1 },
    { at: 0, caller: "another", left: 3, reset: 1, wait: null },
    { at: 0.25, left: 0, reset: 2, wait: 1 },
    { at: 0.5, left: 0, reset: 2, wait: null },
    { at: 60, left: 3, reset: 1, wait: null },
  ];
  for (const { at, caller = "one", left, reset, wait } of steps) {
    seconds = 100 + at;
    const { headers, refusal } = admit(caller);
    assert.deepEqual(headers, { "ratelimit-policy": '"caller";q=4;w=2', ratelimit: `"caller";r=${left};t=${reset}` }, `at ${at}`);
    assert.equal(refusal?.info.retry_after_seconds ?? null, wait, `at ${at}`);
  }
});

test("a slow rate says how long to wait", () => {
  const admit = rateLimiter({ perSecond: 0.1, burst: 1 }, () => 0);
  assert.equal(admit("one").refusal, null);
  assert.equal(admit("one").refusal?.info.retry_after_seconds, 10);
});
