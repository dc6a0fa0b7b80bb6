/** What is left of pushed upgrades after a takeover: no permit, and of the updater what the customer's deployment asks for. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { CHART_FOLDER } from "../chart/write.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { PERMIT_NAME, UPDATER_COMPONENT } from "../updater/permit.ts";
import { endPushedUpgrades } from "./pushed-upgrades.ts";

const object = (kind: string, name: string, component: string, instance = "quality") => ({
  apiVersion: "v1",
  kind,
  metadata: { name, labels: { "app.kubernetes.io/instance": instance, "app.kubernetes.io/component": component } },
});
const UPDATER = ["CronJob", "ServiceAccount", "Role", "RoleBinding"].map((kind) => object(kind, "quality-touchstone-updater", "updater"));
const WIDE = object("ClusterRoleBinding", "quality-touchstone-updater-quality", "updater");
const OTHERS = [object("CronJob", "quality-touchstone-backup", "backup"), object("ClusterRoleBinding", "theirs", "updater", "another")];

const CASES: { name: string; upgrades: Deployment["upgrades"]; permit: boolean; seesCluster: boolean; ended: string[] }[] = [
  {
    name: "none, with a permit",
    upgrades: "none",
    permit: true,
    seesCluster: true,
    ended: [`ConfigMap ${PERMIT_NAME}`, ...[...UPDATER, WIDE].map(({ kind, metadata }) => `${kind} ${metadata.name}`)],
  },
  {
    name: "none, by who rules the namespace alone",
    upgrades: "none",
    permit: false,
    seesCluster: false,
    ended: UPDATER.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  },
  { name: "wanted", upgrades: "namespace-admin", permit: true, seesCluster: true, ended: [`ConfigMap ${PERMIT_NAME}`] },
  { name: "wanted, and not allowed yet", upgrades: "namespace-admin", permit: false, seesCluster: true, ended: [] },
];
suite("pushed upgrades after a takeover", () => {
  for (const { name, upgrades, permit, seesCluster, ended } of CASES)
    test(name, async () => {
      const { kubectl: inMemory, put } = kubectlInMemory();
      const kubectl = { ...inMemory, run: async () => ({ status: seesCluster ? 0 : 1, stdout: "", stderr: "" }) };
      for (const one of [...UPDATER, WIDE, ...OTHERS]) put(one);
      if (permit) put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: PERMIT_NAME } });
      assert.deepEqual((await endPushedUpgrades(kubectl, { name: "quality", upgrades })).toSorted(), ended.toSorted());
      assert.deepEqual(await endPushedUpgrades(kubectl, { name: "quality", upgrades }), [], "once more changes nothing");
      const left = await kubectl.list("cronjobs,clusterrolebindings");
      assert.ok(OTHERS.every(({ metadata }) => left.some((one) => one.metadata.name === metadata.name)));
    });
});

test("the chart calls the updater by that name", () =>
  assert.match(
    readFileSync(join(CHART_FOLDER, "templates/updater.yaml"), "utf8"),
    new RegExp(`^{{- \\$labels := dict "root" \\. "component" "${UPDATER_COMPONENT}" `, "m"),
  ));
