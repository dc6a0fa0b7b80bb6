/** Strategic merge patches, by the cases of their description. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { definitionOf } from "../kubernetes/definition.ts";
import type { JsonObject } from "./fields.ts";
import { patched } from "./strategic.ts";

const DEPLOYMENT = definitionOf({ apiVersion: "apps/v1", kind: "Deployment" });
const pod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } });

const CASES: readonly { what: string; live: JsonObject; patch: JsonObject; becomes: JsonObject }[] = [
  {
    what: "values are set, what is null goes, the rest stays",
    live: { spec: { replicas: 7, paused: true, minReadySeconds: 1 } },
    patch: { spec: { replicas: 3, paused: null } },
    becomes: { spec: { replicas: 3, minReadySeconds: 1 } },
  },
  {
    what: "containers are merged by their names, and one that somebody put beside stays",
    live: pod({
      containers: [
        { name: "api", image: "a:1", tty: true },
        { name: "mesh", image: "m:1" },
      ],
    }),
    patch: pod({
      containers: [
        { name: "api", image: "a:2" },
        { name: "new", image: "n:1" },
      ],
    }),
    becomes: pod({
      containers: [
        { name: "api", image: "a:2", tty: true },
        { name: "mesh", image: "m:1" },
        { name: "new", image: "n:1" },
      ],
    }),
  },
  {
    what: "an element goes where it is said, and the order is what is said",
    live: pod({ containers: [{ name: "a" }, { name: "b" }, { name: "c" }] }),
    patch: pod({
      containers: [{ name: "b", $patch: "delete" }, { name: "d" }],
      "$setElementOrder/containers": [{ name: "d" }, { name: "c" }, { name: "a" }],
    }),
    becomes: pod({ containers: [{ name: "d" }, { name: "c" }, { name: "a" }] }),
  },
  {
    what: "a volume that becomes another kind keeps nothing of the one before",
    live: pod({ volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }] }),
    patch: pod({ volumes: [{ name: "tmp", configMap: { name: "one" }, $retainKeys: ["configMap", "name"] }] }),
    becomes: pod({ volumes: [{ name: "tmp", configMap: { name: "one" } }] }),
  },
  {
    what: "a strategy keeps the keys it names",
    live: { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } },
    patch: { spec: { strategy: { type: "Recreate", $retainKeys: ["type"] } } },
    becomes: { spec: { strategy: { type: "Recreate" } } },
  },
  {
    what: "other lists are replaced",
    live: pod({ tolerations: [{ key: "a" }, { key: "b" }] }),
    patch: pod({ tolerations: [{ key: "c" }] }),
    becomes: pod({ tolerations: [{ key: "c" }] }),
  },
  {
    what: "words of a list that is merged are added once, and go where it is said",
    live: { metadata: { finalizers: ["a", "b"] } },
    patch: { metadata: { finalizers: ["b", "c"], "$deleteFromPrimitiveList/finalizers": ["a"] } },
    becomes: { metadata: { finalizers: ["b", "c"] } },
  },
  {
    what: "a map may be replaced as a whole",
    live: { metadata: { labels: { a: "1", b: "2" } } },
    patch: { metadata: { labels: { c: "3", $patch: "replace" } } },
    becomes: { metadata: { labels: { c: "3" } } },
  },
];

for (const { what, live, patch, becomes } of CASES) test(what, () => assert.deepEqual(patched(live, patch, DEPLOYMENT), becomes));

test("of what Kubernetes does not know, lists are replaced", () => {
  assert.deepEqual(patched({ spec: { list: [{ name: "a" }] } }, { spec: { list: [{ name: "b" }] } }, null), {
    spec: { list: [{ name: "b" }] },
  });
});
