import assert from "node:assert/strict";
import { test } from "node:test";
import { accessesOf, cloudAccesses, isOfDomain, withoutOperator, type Operator } from "./access.ts";

const operator: Operator = { subjects: ["Group operator:admins", "ServiceAccount fleet/pusher"], domain: "operator.example" };
const binding = (kind: string, name: string, subjects: object[], role = "admin") => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind,
  metadata: { name, ...(kind === "RoleBinding" ? { namespace: "quality" } : {}) },
  roleRef: { kind: "ClusterRole", name: role },
  subjects,
});
const user = (name: string) => ({ kind: "User", name });
const group = (name: string) => ({ kind: "Group", name });
const account = (namespace: string | undefined, name: string) => ({
  kind: "ServiceAccount",
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

const CASES: {
  name: string;
  object: ReturnType<typeof binding>;
  ways: [who: string, operators: boolean][];
  left: number | "same" | null;
}[] = [
  {
    name: "of the operator alone",
    object: binding("RoleBinding", "a", [group("operator:admins")]),
    ways: [["Group operator:admins", true]],
    left: null,
  },
  {
    name: "shared with the customer",
    object: binding("RoleBinding", "b", [user("ops@operator.example"), user("dba@customer.example")]),
    ways: [
      ["User ops@operator.example", true],
      ["User dba@customer.example", false],
    ],
    left: 1,
  },
  {
    name: "by a domain below",
    object: binding("RoleBinding", "c", [user("x@eu.operator.example")]),
    ways: [["User x@eu.operator.example", true]],
    left: null,
  },
  {
    name: "a domain that only ends alike",
    object: binding("RoleBinding", "d", [user("x@notoperator.example")]),
    ways: [["User x@notoperator.example", false]],
    left: "same",
  },
  {
    name: "an account of another namespace",
    object: binding("ClusterRoleBinding", "e", [account("fleet", "pusher")]),
    ways: [["ServiceAccount fleet/pusher", true]],
    left: null,
  },
  {
    name: "an account of this namespace",
    object: binding("RoleBinding", "f", [account(undefined, "pusher")]),
    ways: [["ServiceAccount quality/pusher", false]],
    left: "same",
  },
  {
    name: "Kubernetes' own in the cluster",
    object: binding("ClusterRoleBinding", "g", [group("system:masters"), account("kube-system", "x")]),
    ways: [],
    left: "same",
  },
  {
    name: "everybody, in the namespace",
    object: binding("RoleBinding", "h", [group("system:authenticated")]),
    ways: [["Group system:authenticated", false]],
    left: "same",
  },
  { name: "nobody", object: binding("RoleBinding", "i", []), ways: [], left: "same" },
];

for (const { name, object, ways, left } of CASES)
  test(`a binding ${name}`, () => {
    assert.deepEqual(
      accessesOf([object], "quality", operator).map(({ who, operators }) => [who, operators]),
      ways,
    );
    const after = withoutOperator(object, "quality", operator);
    if (left === "same") assert.equal(after, object);
    else if (left === null) assert.equal(after, null);
    else assert.equal(Reflect.get(after ?? {}, "subjects").length, left);
  });

test("a token of an account that does not end is a way in", () => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/service-account-token",
    metadata: { name: "t", annotations: { "kubernetes.io/service-account.name": "upgrader" } },
  };
  assert.deepEqual(
    accessesOf([secret], "quality", operator).map(({ who }) => who),
    ["ServiceAccount quality/upgrader"],
  );
});

test("principals of the cloud are the operator's", () => {
  assert.equal(cloudAccesses({ operator_principals: ["arn:aws:iam::1:role/ops"] })[0]?.operators, true);
  assert.deepEqual([cloudAccesses({}), cloudAccesses({ operator_principals: [] })], [[], []]);
});

test("without a domain nobody is of it", () => {
  assert.equal(isOfDomain("a@operator.example", { subjects: [], domain: null }), false);
  assert.equal(isOfDomain("A@Operator.Example", operator), true);
});
