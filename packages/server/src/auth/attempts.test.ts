/** How long one waits after how many attempts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT, ADDRESS, CODE, nextAttempt, type Attempts, type Limit } from "./attempts.ts";

const START = new Date("2026-01-01T00:00:00Z");
const at = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

/** Attempts at these seconds, each as the seconds it is told to wait (0: it may be made). */
const waits = (limit: Limit, seconds: readonly number[]): number[] => {
  let state: Attempts | null = null;
  return seconds.map((second) => {
    const { waitSeconds, after } = nextAttempt(state, at(second), limit);
    state = after;
    return waitSeconds;
  });
};
const seconds = (count: number, step = 1): number[] => Array.from({ length: count }, (_, i) => i * step);

const CASES: { name: string; limit: Limit; at: number[]; waits: number[] }[] = [
  { name: "five are free, the sixth waits", limit: ACCOUNT, at: seconds(7), waits: [0, 0, 0, 0, 0, 29, 28] },
  { name: "all at the same moment", limit: ACCOUNT, at: seconds(7, 0), waits: [0, 0, 0, 0, 0, 30, 30] },
  {
    name: "after the lock one more, and twice the wait",
    limit: ACCOUNT,
    at: [0, 0, 0, 0, 0, 30, 31, 89, 90, 91],
    waits: [0, 0, 0, 0, 0, 0, 59, 1, 0, 119],
  },
  { name: "an hour of silence forgets", limit: ACCOUNT, at: [0, 0, 0, 0, 3600, 3601], waits: [0, 0, 0, 0, 0, 0] },
  { name: "less does not", limit: ACCOUNT, at: [0, 0, 0, 0, 3599, 3600], waits: [0, 0, 0, 0, 0, 29] },
  { name: "a code: five a minute", limit: CODE, at: [0, 1, 2, 3, 4, 5, 64, 65], waits: [0, 0, 0, 0, 0, 59, 0, 0] },
];

test("attempts and their waits", () => {
  for (const { name, limit, at, waits: expected } of CASES) assert.deepEqual(waits(limit, at), expected, name);
});

test("no lock is longer than its limit, however many attempts there were", () => {
  for (const limit of [ACCOUNT, ADDRESS, CODE]) {
    const before = { attempts: 2_000_000, last_at: START, locked_until: null };
    const { after } = nextAttempt(before, START, limit);
    assert.deepEqual(after.locked_until, at(limit.lockSecondsMax));
  }
});
