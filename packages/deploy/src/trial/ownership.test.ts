/** Server-side apply, by the cases its documentation gives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { definitionOf } from "../kubernetes/definition.ts";
import { TwiceInList, type JsonObject } from "./fields.ts";
import { apply, write, type Owned } from "./ownership.ts";

const definition = definitionOf({ apiVersion: "apps/v1", kind: "Deployment" });
const deployment = (spec: JsonObject): JsonObject => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "api" }, spec });
const pod = (containers: JsonObject[]): JsonObject => ({ template: { spec: { containers } } });

const applied = (live: Owned | null, spec: JsonObject, manager = "helm", force = false): Owned => {
  const result = apply(live, deployment(spec), { manager, force, definition });
  assert.equal(result.kind, "applied", JSON.stringify(result));
  return result.kind === "applied" ? result.owned : assert.fail();
};
const conflicts = (live: Owned, spec: JsonObject, manager = "helm") => {
  const result = apply(live, deployment(spec), { manager, force: false, definition });
  return result.kind === "conflict" ? result.conflicts : [];
};

test("what a manager does not want any more goes, what others set stays", () => {
  const first = applied(null, { replicas: 2, paused: true });
  const scaled = write(first, deployment({ replicas: 2, paused: true, minReadySeconds: 5 }), "kubectl", definition);
  const second = applied(scaled, { replicas: 2 });
  assert.deepEqual(second.object["spec"], { replicas: 2, minReadySeconds: 5 });
});

test("a field that another changed is a conflict, unless both want the same, or it is forced", () => {
  const first = applied(null, { replicas: 2 });
  const scaled = write(first, deployment({ replicas: 5 }), "kubectl", definition);
  assert.deepEqual(conflicts(scaled, { replicas: 3 }), [{ field: "spec/replicas", manager: "kubectl" }]);
  assert.deepEqual(conflicts(scaled, { replicas: 5 }), []);
  const forced = applied(scaled, { replicas: 3 }, "helm", true);
  assert.deepEqual(forced.object["spec"], { replicas: 3 });
  assert.deepEqual(conflicts(forced, { replicas: 4 }), [], "who forced it owns it");
});

test("containers are known by their names, variables too; other lists are one field", () => {
  const first = applied(null, pod([{ name: "api", image: "a:1", env: [{ name: "A", value: "1" }], args: ["start"] }]));
  const injected = write(
    first,
    deployment(
      pod([
        { name: "api", image: "a:1", env: [{ name: "A", value: "1" }], args: ["start"] },
        { name: "mesh", image: "m:1" },
      ]),
    ),
    "mesh",
    definition,
  );
  const second = applied(injected, pod([{ name: "api", image: "a:2", env: [{ name: "B", value: "2" }], args: ["start", "--x"] }]));
  assert.deepEqual(second.object["spec"], {
    template: {
      spec: {
        containers: [
          { name: "api", image: "a:2", args: ["start", "--x"], env: [{ name: "B", value: "2" }] },
          { name: "mesh", image: "m:1" },
        ],
      },
    },
  });
});

test("two elements of the same name are refused", () => {
  const twice = pod([
    {
      name: "api",
      env: [
        { name: "A", value: "1" },
        { name: "A", value: "2" },
      ],
    },
  ]);
  assert.throws(() => applied(null, twice), TwiceInList);
});
