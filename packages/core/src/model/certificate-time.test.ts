import assert from "node:assert/strict";
import { test } from "node:test";
import { isLate, leftOf } from "./certificate-time.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const HOUR_MS = 3_600_000;
const at = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR_MS);

/** Hours since its begin and to its end; cert-manager renews when a third is left. */
const CASES: readonly { what: string; since: number; left: number; late: boolean; says: string }[] = [
  { what: "a day's, half of it left", since: 12, left: 12, late: false, says: "12 hours" },
  { what: "a day's that should be renewed now", since: 16, left: 8, late: false, says: "8 hours" },
  { what: "a day's that was not renewed", since: 19, left: 5, late: true, says: "5 hours" },
  { what: "90 days', 30 left", since: 60 * 24, left: 30 * 24, late: false, says: "30 days" },
  { what: "90 days', 13 left", since: 77 * 24, left: 13 * 24, late: true, says: "13 days" },
  { what: "ten years', 15 days left", since: 3635 * 24, left: 15 * 24, late: false, says: "15 days" },
  { what: "ten years', 13 days left", since: 3637 * 24, left: 13 * 24, late: true, says: "13 days" },
  { what: "past its end", since: 48, left: -1, late: true, says: "-1 hours" },
];

for (const { what, since, left, late, says } of CASES)
  test(what, () => {
    const validity = { validFrom: at(-since), validTo: at(left) };
    assert.deepEqual([isLate(validity, NOW, 14), leftOf(validity, NOW)], [late, says]);
  });
