import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../kubernetes/manifest.ts";
import { expectFindings, type Expected } from "../trial/findings.ts";
import { judgeRights, neededRights, type Right } from "./rights.ts";

const object = (apiVersion: string, kind: string, more: object = {}): Manifest => ({ apiVersion, kind, metadata: { name: "a" }, ...more });
const OBJECTS = [
  object("apps/v1", "Deployment"),
  object("apps/v1", "Deployment"),
  object("networking.k8s.io/v1", "Ingress"),
  object("v1", "ConfigMap"),
  object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: [""], resources: ["events"], verbs: ["create"] }] }),
  object("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { kind: "Role", name: "work" } }),
  object("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { kind: "ClusterRole", name: "admin" } }),
  object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", { roleRef: { kind: "ClusterRole", name: "cluster-admin" } }),
];
const titles = (rights: readonly Right[]) =>
  rights.map(
    ({ verb, group, resource, name, namespace }) =>
      `${verb} ${group}/${resource}${name === undefined ? "" : `/${name}`} in ${namespace ?? "*"}`,
  );

test("what an installation needs, each right once", () => {
  const needed = titles(neededRights(OBJECTS, "quality", true));
  assert.deepEqual(needed, [...new Set(needed)]);
  for (const one of [
    "create apps/deployments in quality",
    "delete networking.k8s.io/ingresses in quality",
    "patch /configmaps in quality",
    "list /secrets in quality",
    "get /pods/log in quality",
    "update coordination.k8s.io/leases in quality",
    "create rbac.authorization.k8s.io/clusterrolebindings in *",
    "create /events in quality",
    "bind rbac.authorization.k8s.io/clusterroles/admin in quality",
    "bind rbac.authorization.k8s.io/clusterroles/cluster-admin in *",
  ])
    assert.ok(needed.includes(one), one);
  assert.ok(!needed.includes("create /namespaces in *"));
  assert.ok(!needed.some((one) => one.startsWith("bind") && one.includes("work")), "who may make a role has what it gives");
  assert.ok(titles(neededRights([], "quality", false)).includes("create /namespaces in *"));
});

const right = (verb: string, resource: string, namespace: string | null = "quality"): Right => ({ verb, group: "", resource, namespace });
const RIGHTS = [right("create", "secrets"), right("delete", "secrets"), right("create", "namespaces", null), right("get", "pods/log")];
const CASES: readonly { what: string; answers: readonly (boolean | null)[]; expected: Expected }[] = [
  { what: "all", answers: [true, true, true, true], expected: [["ok", /all 4/]] },
  {
    what: "none",
    answers: [false, false, false, false],
    expected: [
      ["problem", /may not create, delete secrets$/],
      ["problem", /create namespaces in the cluster/],
      ["problem", /get pods\/log$/],
    ],
  },
  { what: "one", answers: [true, false, true, true], expected: [["problem", /may not delete secrets/]] },
  { what: "no answer", answers: [true, null, true, true], expected: [["unseen", /not every review/]] },
];
for (const { what, answers, expected } of CASES)
  test(`granted: ${what}`, () => expectFindings(judgeRights(RIGHTS, answers, "quality"), expected));
