import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { readState, recipesOf } from "./state.ts";

type Resource = { module?: string; mode?: string; type: string; name: string; index_key?: string | number; attributes?: object };
const state = (...resources: Resource[]) =>
  JSON.stringify({
    version: 4,
    resources: resources.map(({ index_key, attributes, mode = "managed", ...rest }) => ({
      mode,
      ...rest,
      instances: [
        { ...(index_key === undefined ? {} : { index_key }), attributes: attributes ?? { id: "the-id", password: "canary-secret" } },
      ],
    })),
  });

const IMPORTS: { name: string; resource: Resource; says: string }[] = [
  { name: "at the top", resource: { type: "aws_vpc", name: "this" }, says: 'import {\n  to = aws_vpc.this\n  id = "the-id"\n}\n' },
  {
    name: "in a module",
    resource: { module: "module.network", type: "azurerm_subnet", name: "nodes" },
    says: "to = module.network.azurerm_subnet.nodes\n",
  },
  { name: "by a key", resource: { type: "aws_subnet", name: "a", index_key: 'eu"${x}' }, says: 'to = aws_subnet.a["eu\\"$${x}"]\n' },
  { name: "by a number", resource: { type: "aws_subnet", name: "a", index_key: 0 }, says: "to = aws_subnet.a[0]\n" },
  {
    name: "whose name is made of several",
    resource: {
      type: "aws_route_table_association",
      name: "a",
      attributes: { id: "rtbassoc-1", subnet_id: "subnet-1", route_table_id: "rtb-1" },
    },
    says: 'id = "subnet-1/rtb-1"\n',
  },
  {
    name: "of Google's identities",
    resource: { type: "google_project_iam_member", name: "a", attributes: { project: "p", role: "roles/x", member: "serviceAccount:a@b" } },
    says: 'id = "p roles/x serviceAccount:a@b"\n',
  },
  {
    name: "without what it is made of",
    resource: { type: "aws_route", name: "a", attributes: { id: "r-1" } },
    says: "# aws_route.a: the state does not say",
  },
  { name: "that is in no cloud", resource: { type: "aws_acm_certificate_validation", name: "a" }, says: "an apply makes it anew" },
];

for (const { name, resource, says } of IMPORTS)
  test(`a resource ${name} is taken over`, () => {
    const { imports, resources } = recipesOf(readState(state(resource), "state"));
    assert.ok(imports.includes(says), imports);
    assert.equal(resources, 1);
    assert.ok(!imports.includes("canary-secret"));
  });

test("the old state forgets modules as a whole, and data is nobody's", () => {
  const { removed, resources } = recipesOf(
    readState(
      state(
        { module: "module.network", type: "aws_vpc", name: "this" },
        { module: 'module.network.module.inner["x"]', type: "aws_subnet", name: "this" },
        { type: "aws_eip", name: "this" },
        { mode: "data", type: "aws_region", name: "here" },
      ),
      "state",
    ),
  );
  assert.equal(resources, 3);
  assert.deepEqual(
    [...removed.matchAll(/from = (.*)/g)].map(([, from]) => from),
    ["aws_eip.this", "module.network"],
  );
  assert.equal([...removed.matchAll(/destroy = false/g)].length, 2);
});

for (const [name, text] of [
  ["text", "hello"],
  ["another format", '{"version":3,"modules":[]}'],
  ["nothing", ""],
] as const)
  test(`${name} is no state`, () => {
    assert.throws(
      () => readState(text, "file"),
      (thrown) => toErrorInfo(thrown).code === "STATE_UNUSABLE",
    );
  });
