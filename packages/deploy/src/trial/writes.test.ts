import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "./fields.ts";
import { openObjects, type Place } from "./objects.ts";
import { resourceOf } from "./resources.ts";
import { onWrites } from "./writes.ts";

const at = (kind: string, name: string, namespace = "data"): Place => ({ resource: resourceOf(kind), namespace, name });
const API = at("Deployment", "api");
const LEASE = at("Lease", "lock");

test("what is written is told, and not what controllers make of it", () => {
  const objects = openObjects();
  const save = (place: Place, object: JsonObject) => void objects.save(place, { object, owners: new Map() });
  save(at("Secret", "keys"), { data: { a: "YQ==" } });
  let told = 0;
  const stop = onWrites(objects, "data", () => told++);
  const cases: readonly [what: string, change: () => void, counts: boolean][] = [
    ["a new object", () => save(API, { spec: { replicas: 1 } }), true],
    ["how it is with it", () => objects.setStatus(API, { readyReplicas: 1 }), false],
    ["the same once more", () => save(API, { spec: { replicas: 1 } }), false],
    [
      "the number of its revision",
      () => save(API, { metadata: { annotations: { "deployment.kubernetes.io/revision": "2" } }, spec: { replicas: 1 } }),
      false,
    ],
    ["a change", () => save(API, { spec: { replicas: 2 } }), true],
    ["a note on it", () => save(API, { metadata: { annotations: { mark: "a" } }, spec: { replicas: 2 } }), true],
    ["a change of what was there", () => save(at("Secret", "keys"), { data: { a: "Yg==" } }), true],
    ["a pod", () => save(at("Pod", "api-1"), { spec: {} }), false],
    ["a lock", () => save(LEASE, { spec: { renewTime: "1" } }), true],
    ["a lock that is renewed", () => save(LEASE, { spec: { renewTime: "2" } }), false],
    ["what goes", () => void objects.remove(API), false],
    ["elsewhere", () => save(at("Secret", "keys", "kube-system"), { data: {} }), false],
  ];
  for (const [what, change, counts] of cases) {
    const before = told;
    change();
    assert.equal(told - before, Number(counts), what);
  }
  stop();
  save(API, { spec: { replicas: 3 } });
  assert.equal(told, 5);
});
