import assert from "node:assert/strict";
import { test } from "node:test";
import { escalation, refused, type Asked, type People } from "./people.ts";
import type { JsonObject } from "./fields.ts";
import { openObjects } from "./objects.ts";
import { RESOURCES } from "./resources.ts";

const resource = (kind: string) => {
  const found = RESOURCES.find((one) => one.kind === kind);
  assert.ok(found);
  return found;
};

const people: People = new Map([
  ["m", { name: "root", groups: ["system:masters"] }],
  ["o", { name: "ops@operator.example", groups: ["operator:admins"] }],
  ["r", { name: "reader" }],
  ["s", { name: "system:serviceaccount:data:updater" }],
  ["n", { name: "nobody" }],
]);

const objects = openObjects();
const put = (kind: string, namespace: string | null, name: string, rest: JsonObject) =>
  objects.save({ resource: resource(kind), namespace, name }, { object: rest, owners: new Map() });
const ref = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
put("RoleBinding", "data", "ops", { roleRef: ref("ClusterRole", "admin"), subjects: [{ kind: "Group", name: "operator:admins" }] });
put("RoleBinding", "data", "reader", { roleRef: ref("Role", "one"), subjects: [{ kind: "User", name: "reader" }] });
put("Role", "data", "one", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: ["one"] }] });
put("ClusterRoleBinding", null, "updater", {
  roleRef: ref("ClusterRole", "cluster-admin"),
  subjects: [{ kind: "ServiceAccount", name: "updater", namespace: "data" }],
});
put("RoleBinding", "data", "dangling", { roleRef: ref("Role", "not-there"), subjects: [{ kind: "User", name: "nobody" }] });

const CASES: [token: string | null, verb: string, kind: string, namespace: string | null, name: string | null, expected: number | null][] =
  [
    [null, "get", "ConfigMap", "data", "one", 401],
    ["x", "get", "ConfigMap", "data", "one", 401],
    ["n", "get", "ConfigMap", "data", "one", 403],
    ["m", "delete", "Namespace", null, "data", null],
    ["o", "list", "Secret", "data", null, null],
    ["o", "update", "RoleBinding", "data", "ops", null],
    ["o", "get", "Namespace", null, "data", null],
    ["o", "delete", "Namespace", null, "data", 403],
    ["o", "list", "Namespace", null, null, 403],
    ["o", "list", "Secret", "other", null, 403],
    ["o", "list", "Secret", null, null, 403],
    ["o", "create", "ResourceQuota", "data", null, 403],
    ["r", "get", "ConfigMap", "data", "one", null],
    ["r", "get", "ConfigMap", "data", "two", 403],
    ["r", "list", "ConfigMap", "data", null, 403],
    ["s", "delete", "ClusterRoleBinding", null, "updater", null],
  ];

for (const [token, verb, kind, namespace, name, expected] of CASES)
  test(`${token ?? "a stranger"}: ${verb} ${kind} ${name ?? ""} in ${namespace ?? "the cluster"}`, () => {
    const asked: Asked = { verb, resource: resource(kind), subresource: null, namespace, name };
    assert.equal(refused(objects, people, token === null ? undefined : `Bearer ${token}`, asked)?.status ?? null, expected);
  });

test("who is known may see what the cluster is", () => {
  assert.equal(refused(objects, people, "Bearer n", null), null);
  assert.equal(refused(objects, people, undefined, null)?.status, 401);
});

const rules = (resources: string[], verbs: string[]) => ({ rules: [{ apiGroups: [""], resources, verbs }] });
const GIVEN: [token: string, kind: string, namespace: string | null, body: JsonObject, expected: number | null][] = [
  ["o", "RoleBinding", "data", { roleRef: ref("ClusterRole", "admin") }, null],
  ["o", "RoleBinding", "data", { roleRef: ref("ClusterRole", "cluster-admin") }, 403],
  ["o", "RoleBinding", "other", { roleRef: ref("ClusterRole", "admin") }, 403],
  ["o", "RoleBinding", "data", { roleRef: ref("Role", "one") }, null],
  ["o", "Role", "data", rules(["configmaps"], ["create"]), null],
  ["o", "Role", "data", rules(["nodes"], ["list"]), 403],
  ["o", "ClusterRoleBinding", null, { roleRef: ref("ClusterRole", "admin") }, 403],
  ["s", "ClusterRoleBinding", null, { roleRef: ref("ClusterRole", "cluster-admin") }, null],
  ["m", "ClusterRoleBinding", null, { roleRef: ref("ClusterRole", "cluster-admin") }, null],
  ["r", "ConfigMap", "data", {}, null],
];
for (const [token, kind, namespace, body, expected] of GIVEN)
  test(`${token} makes a ${kind} in ${namespace ?? "the cluster"}: ${JSON.stringify(body)}`, () => {
    const at = { resource: resource(kind), namespace, name: "new" };
    assert.equal(escalation(objects, people, `Bearer ${token}`, at, body)?.status ?? null, expected);
  });
