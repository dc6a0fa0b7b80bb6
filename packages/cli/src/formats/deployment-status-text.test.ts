/** The state of a deployment on a terminal: what the updater knows is a part of it, where there is anything to know. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { updaterOf, type DeploymentStatus } from "@touchstone/deploy/release/status";
import { NOTHING_SEEN, withAttempt, withCondition, withEnd, withSeen } from "@touchstone/deploy/updater/record";
import { statusText } from "./deployment-status-text.ts";

const NOW = new Date("2026-02-01T10:00:00Z");
const STATUS: DeploymentStatus = {
  name: "acme",
  namespace: "quality",
  url: "https://acme.example.org",
  release: { revision: 2, status: "deployed", chart: "touchstone-1.4.0", appVersion: "1.4.0", updated: "", description: "" },
  lastGood: null,
  workloads: [],
  lock: null,
  operation: null,
  updater: null,
  isReady: true,
};
const FAILED = withCondition(
  withEnd(withAttempt(withSeen(NOTHING_SEEN, "stable", 7, "sha256:0"), "1.5.0", "1.4.0", NOW), "failed", "its check fails\u001b[31m", NOW),
  { outcome: "failed-before", product: "1.5.0", why: "1.5.0 failed" },
  NOW,
);

const CASES: { name: string; updater: DeploymentStatus["updater"]; says: RegExp[]; not: RegExp[] }[] = [
  { name: "without an updater", updater: null, says: [/^release +touchstone-1\.4\.0/m], not: [/pushed/] },
  {
    name: "allowed, and not looked yet",
    updater: { isAllowed: true, record: NOTHING_SEEN },
    says: [/^pushed +allowed$/m, /^last look +none$/m],
    not: [],
  },
  {
    name: "a version that failed",
    updater: { isAllowed: false, record: FAILED },
    says: [
      /^pushed +paused/m,
      /^last look +2026-02-01T10:00:00\.000Z: failed-before 1\.5\.0/m,
      /^channel +stable, pointer 7$/m,
      /^not again +1\.5\.0, failed/m,
      /^upgrades +.*1\.4\.0 to 1\.5\.0, failed$/m,
    ],
    not: [/\u001b/],
  },
];
suite("the state of a deployment", () => {
  for (const { name, updater, says, not } of CASES)
    test(name, () => {
      const text = statusText({ ...STATUS, updater });
      for (const line of says) assert.match(text, line);
      for (const line of not) assert.doesNotMatch(text, line);
    });
});

const TOLD: { upgrades: "none" | "namespace-admin"; isAllowed: boolean; looked: boolean; told: boolean }[] = [
  { upgrades: "none", isAllowed: false, looked: false, told: false },
  { upgrades: "none", isAllowed: true, looked: false, told: true },
  { upgrades: "none", isAllowed: false, looked: true, told: true },
  { upgrades: "namespace-admin", isAllowed: false, looked: false, told: true },
];
for (const { upgrades, isAllowed, looked, told } of TOLD)
  test(`upgrades: ${upgrades}, ${isAllowed ? "" : "not "}allowed, ${looked ? "looked" : "not looked"}: ${told ? "told" : "not told"}`, () => {
    const state = { isAllowed, record: looked ? FAILED : NOTHING_SEEN };
    assert.equal(updaterOf({ upgrades }, state) !== null, told);
  });
