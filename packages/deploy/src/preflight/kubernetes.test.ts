import assert from "node:assert/strict";
import { test } from "node:test";
import { KUBERNETES_RELEASES } from "./kubernetes-releases.ts";
import { judgeVersion } from "./kubernetes.ts";

const CASES: readonly { version: string; on?: string; state: string; says: RegExp }[] = [
  { version: "v1.35.2", state: "ok", says: /until 2027-02-28/ },
  { version: "v1.36.1-gke.1200", state: "ok", says: /^version 1\.36\.1-gke/ },
  { version: "v1.35.2", on: "2027-01-10", state: "note", says: /in 49 days/ },
  { version: "v1.35.2", on: "2027-02-28", state: "note", says: /in 0 days/ },
  { version: "v1.35.2", on: "2027-03-01", state: "problem", says: /ended on 2027-02-28/ },
  { version: "v1.34.6", state: "problem", says: /ended on 2026-10-27/ },
  { version: "v1.21.0", state: "problem", says: /had its last patch before 1\.30/ },
  { version: "v1.99.0", state: "note", says: /newer than what this program knows of/ },
  { version: "v2.0.0", state: "unseen", says: /not.*understood|no version/ },
  { version: "", state: "unseen", says: /no version/ },
];

for (const { version, on = "2026-11-26", state, says } of CASES)
  test(`${version || "nothing"} on ${on} is ${state}`, () => {
    const finding = judgeVersion(version, new Date(`${on}T00:00:00Z`));
    assert.equal(finding.state, state);
    assert.match(finding.found, says);
  });

test("the table has every minor version between its first and its last, and they end one after another", () => {
  KUBERNETES_RELEASES.slice(1).forEach(({ minor, ends }, index) => {
    const before = KUBERNETES_RELEASES[index];
    assert.equal(minor, (before?.minor ?? 0) + 1);
    assert.ok(ends > (before?.ends ?? ""));
  });
});
