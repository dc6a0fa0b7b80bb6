import assert from "node:assert/strict";
import { test } from "node:test";
import type { DemoNews } from "@touchstone/server/demo/run";
import { demoEnding, demoLine } from "./demo-story.ts";

const CONTAINER = { news: "container", container: "movies", result: "success", message: null } as const;
const STEP = { news: "step", result: "success", message: null, seconds: 1.26 } as const;

const CASES: [string, DemoNews, string | null][] = [
  ["a container that was found is not worth a line", { ...CONTAINER, type: "sync", counters: {} }, null],
  ["all that were found", { ...STEP, type: "sync", counters: { containers_analyzed: 1 } }, "  synced    1 container      1.3 s"],
  [
    "a profile",
    { ...CONTAINER, type: "profile", counters: { records_processed: 3201, checks_synchronized: 1 } },
    "  profiled  movies           3,201 records   1 check inferred",
  ],
  [
    "a scan",
    { ...CONTAINER, type: "scan", counters: { records_processed: 1, checks_passed: 2, checks_failed: 1, anomalies_identified: 1 } },
    "  scanned   movies           1 record        2 passed, 1 failed: 1 anomaly",
  ],
  [
    "one that could not be read",
    { ...CONTAINER, type: "scan", result: "failure", message: "it is\ngone", counters: {} },
    "  scanned   movies           failure: it is⏎gone",
  ],
  ["a step that was stopped", { ...STEP, type: "profile", result: "aborted", counters: {} }, "  profiled  aborted: nobody said why"],
];

for (const [name, news, expected] of CASES) test(name, () => assert.equal(demoLine(news), expected));

test("what was found is told with examples, on a line each", () => {
  const lines = demoEnding({
    containers: 2,
    checks: 1,
    anomalies: 3,
    examples: [{ id: 1, container: "cars", message: "The value is 'a\u001b[2Jb'" }],
  });
  assert.deepEqual(lines, [
    "",
    "3 anomalies in 2 containers, by 1 check that nobody wrote. Among them:",
    "  cars             The value is 'a·[2Jb'",
  ]);
});
