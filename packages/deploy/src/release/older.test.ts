/** What counts as going back to an older chart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newerRunning } from "./older.ts";

const CASES: { runs: string; comes: string; newer: string | null }[] = [
  { runs: "touchstone-1.4.0", comes: "1.4.0", newer: null },
  { runs: "touchstone-1.4.0", comes: "1.10.0", newer: null },
  { runs: "touchstone-1.10.0", comes: "1.4.0", newer: "1.10.0" },
  { runs: "touchstone-1.4.0", comes: "1.4.0-rc.1", newer: "1.4.0" },
  { runs: "touchstone-1.4.0-rc.2", comes: "1.4.0-rc.1", newer: "1.4.0-rc.2" },
  { runs: "touchstone-1.4.0-rc.1", comes: "1.4.0", newer: null },
  // Charts of somebody's own: nobody can say.
  { runs: "touchstone-mine", comes: "1.4.0", newer: null },
  { runs: "touchstone-1.5.0+mine", comes: "1.4.0", newer: null },
  { runs: "other-2.0.0", comes: "1.4.0", newer: null },
];
for (const { runs, comes, newer } of CASES)
  test(`${runs} runs, ${comes} comes: ${newer === null ? "no step back" : "a step back"}`, () =>
    assert.equal(newerRunning(runs, { title: `touchstone-${comes}`, version: comes }), newer));
