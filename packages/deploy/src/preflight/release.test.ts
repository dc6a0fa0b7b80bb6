import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeHistory } from "./release.ts";

const CASES: readonly { history: readonly string[]; state: string; todo: RegExp | null }[] = [
  { history: [], state: "ok", todo: null },
  { history: ["deployed"], state: "ok", todo: null },
  { history: ["superseded", "deployed"], state: "ok", todo: null },
  { history: ["deployed", "pending-upgrade"], state: "problem", todo: /deploy rollback/ },
  { history: ["superseded", "deployed", "pending-rollback"], state: "problem", todo: /deploy rollback/ },
  { history: ["pending-install"], state: "problem", todo: /deploy install/ },
  { history: ["uninstalling"], state: "problem", todo: /wait/ },
  { history: ["deployed", "failed"], state: "note", todo: /why it failed/ },
];

for (const { history, state, todo } of CASES)
  test(`${history.join(", ") || "nothing"} is ${state}`, () => {
    const revisions = history.map((status, index) => ({
      revision: index + 1,
      updated: "2026-11-26T00:00:00Z",
      status,
      chart: "touchstone-0.1.0",
      app_version: "0.1.0",
      description: "",
    }));
    const finding = judgeHistory("acme", revisions);
    assert.equal(finding.state, state);
    if (todo !== null) assert.match(finding.todo ?? "", todo);
  });
