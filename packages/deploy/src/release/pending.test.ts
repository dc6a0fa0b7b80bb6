/** What becomes of a release that a killed process left: a table of cases. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Revision } from "../cluster/helm.ts";
import { recoveryOf, type Recovery } from "./pending.ts";
import { begun, withStep, type Kind, type Operation, type Point } from "./record.ts";

/** "1 deployed, 2 pending-upgrade", or "3 deployed Rollback to 1". */
const history = (text: string): Revision[] =>
  text === ""
    ? []
    : text.split(", ").map((one) => {
        const [revision = "", status = "", ...description] = one.split(" ");
        return {
          revision: Number(revision),
          updated: "",
          status,
          chart: "touchstone-1.0.0",
          app_version: "1.0.0",
          description: description.join(" "),
        };
      });

const at = (revision: number): Point => ({ revision, chart: "touchstone-1.0.0", appVersion: "1.0.0" });
const killed = (kind: Kind, from: number | null, ...steps: string[]): Operation =>
  steps.reduce((operation, name) => withStep(operation, name, name), begun(kind, from === null ? null : at(from)));

const check = (name: string, revisions: string, operation: Operation | null, expected: string, isReversible = true): void => {
  const text = (recovery: Recovery): string =>
    recovery.do === "rollback" ? `rollback ${recovery.to}` : recovery.do === "forget" ? `forget ${recovery.revision}` : recovery.do;
  test(name, () => assert.equal(text(recoveryOf({ revisions: history(revisions), killed: operation, isReversible })), expected));
};

check("nothing is there", "", null, "nothing");
check("all is settled", "1 superseded, 2 deployed", null, "nothing");
check("an upgrade failed and that was told", "1 deployed, 2 failed", null, "nothing");
check("killed before helm began to install", "", killed("install", null, "preflight"), "note");
check("killed in the first installation", "1 pending-install", killed("install", null, "helm"), "uninstall");
check("killed in the second try of a first installation", "1 failed, 2 pending-upgrade", killed("install", null, "helm"), "uninstall");
check("somebody's helm was killed in a first installation", "1 pending-install", null, "uninstall");
check("killed after the first installation had failed", "1 failed", killed("install", null, "helm"), "note");
check("killed between helm and the test of an installation", "1 deployed", killed("install", null, "helm"), "note");
check("killed before an upgrade began", "1 superseded, 2 deployed", killed("upgrade", 2, "preflight", "diff"), "note");
check("killed in an upgrade", "1 superseded, 2 deployed, 3 pending-upgrade", killed("upgrade", 2, "diff", "helm"), "rollback 2");
check("somebody's helm was killed in an upgrade", "1 deployed, 2 pending-upgrade", null, "rollback 1");
check("killed after an upgrade had failed", "1 deployed, 2 failed", killed("upgrade", 1, "helm"), "rollback 1");
check("killed when the way back was decided and not begun", "1 deployed, 2 failed", killed("upgrade", 1, "helm", "rollback"), "rollback 1");
check("killed between helm and the test", "1 superseded, 2 deployed", killed("upgrade", 1, "helm"), "note");
check("killed when the test had failed", "1 superseded, 2 deployed", killed("upgrade", 1, "helm", "test", "rollback"), "rollback 1");
check(
  "killed on the way back from a test that had failed",
  "1 superseded, 2 deployed, 3 pending-rollback Rollback to 1",
  killed("upgrade", 1, "helm", "test", "rollback"),
  "rollback 1",
);
check(
  "killed when the way back was over",
  "1 superseded, 2 superseded, 3 deployed Rollback to 1",
  killed("upgrade", 1, "helm", "rollback"),
  "note",
);
check(
  "killed in a rollback",
  "1 superseded, 2 deployed, 3 pending-rollback Rollback to 1",
  killed("rollback", 2, "rollback"),
  "rollback 1",
);
check("killed before helm began to roll back", "1 superseded, 2 deployed", killed("rollback", 2, "rollback"), "note");
check("killed after a rollback", "1 superseded, 2 superseded, 3 deployed Rollback to 1", killed("rollback", 2, "rollback"), "note");
check("killed while it uninstalled", "1 superseded, 2 uninstalling", killed("uninstall", 2, "helm"), "uninstall");
check("killed after it uninstalled", "", killed("uninstall", 2, "helm"), "note");
check(
  "a pending upgrade whose migration cannot be taken back",
  "1 deployed, 2 pending-upgrade",
  killed("upgrade", 1, "helm"),
  "forget 2",
  false,
);
check("a failed one whose migration cannot be taken back", "1 deployed, 2 failed", killed("upgrade", 1, "helm"), "note", false);
check("a first installation is taken away whatever it migrated", "1 pending-install", killed("install", null, "helm"), "uninstall", false);
