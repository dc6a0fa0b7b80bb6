import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../kubernetes/manifest.ts";
import { askedClasses, triedClasses, untriedBecause, volumeAsks } from "./storage-classes.ts";
import { judgeStorage } from "./storage.ts";

const storageClass = (name: string, more: object = {}, isDefault = false): Manifest => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name, ...(isDefault ? { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } : {}) },
  provisioner: "ebs.csi.aws.com",
  allowVolumeExpansion: true,
  volumeBindingMode: "WaitForFirstConsumer",
  ...more,
});
const fast = storageClass("fast");
const usual = storageClass("usual", {}, true);

const CASES: readonly { what: string; asks: readonly string[]; classes: readonly Manifest[]; expected: readonly [string, RegExp][] }[] = [
  { what: "no volume", asks: [], classes: [], expected: [["ok", /no volume/]] },
  { what: "the default", asks: [""], classes: [fast, usual], expected: [["ok", /StorageClass usual/]] },
  { what: "a named one, twice", asks: ["fast", "fast"], classes: [fast], expected: [["ok", /fast .* for ask 0 and 1 more/]] },
  { what: "no default", asks: [""], classes: [fast], expected: [["problem", /no StorageClass is the default; there are: fast/]] },
  { what: "none at all", asks: [""], classes: [], expected: [["problem", /there are: none/]] },
  { what: "one that is not there", asks: ["slow"], classes: [usual], expected: [["problem", /no StorageClass slow/]] },
  {
    what: "two defaults",
    asks: [""],
    classes: [storageClass("old", {}, true), usual],
    expected: [
      ["ok", /usual/],
      ["note", /old, usual/],
    ],
  },
  {
    what: "an old driver that binds at once and lets nothing grow",
    asks: ["old"],
    classes: [storageClass("old", { provisioner: "kubernetes.io/aws-ebs", allowVolumeExpansion: false, volumeBindingMode: "Immediate" })],
    expected: [
      ["ok", /old/],
      ["note", /taken out of Kubernetes/],
      ["note", /lets no volume grow/],
      ["note", /before it is known where its pod runs/],
    ],
  },
  {
    what: "volumes that people make",
    asks: ["local"],
    classes: [storageClass("local", { provisioner: "kubernetes.io/no-provisioner" })],
    expected: [
      ["ok", /local/],
      ["note", /makes no volumes by itself/],
    ],
  },
];

for (const { what, asks, classes, expected } of CASES)
  test(what, () => {
    const findings = judgeStorage(
      asks.map((name, index) => ({ by: `ask ${index}`, storageClass: name })),
      classes,
    );
    assert.deepEqual(
      findings.map(({ state }) => state),
      expected.map(([state]) => state),
    );
    findings.forEach(({ found }, index) => assert.match(found, expected[index]?.[1] ?? assert.fail()));
  });

test("volumes are asked for by claims, workers and CloudNativePG", () => {
  const pod = { containers: [{ name: "a", image: "a" }] };
  const claim = (storageClassName: string) => ({ volumeClaimTemplate: { spec: { storageClassName } } });
  const object = (kind: string, spec: object): Manifest => ({ apiVersion: "v1", kind, metadata: { name: "a" }, spec });
  const asks = volumeAsks([
    object("PersistentVolumeClaim", {}),
    object("Cluster", { storage: { storageClass: "fast" } }),
    object("Deployment", {
      template: {
        spec: {
          ...pod,
          volumes: [
            { name: "spill", ephemeral: claim("scratch") },
            { name: "tmp", emptyDir: {} },
          ],
        },
      },
    }),
    object("Service", {}),
  ]);
  assert.deepEqual(
    asks.map(({ storageClass: name }) => name),
    ["", "fast", "scratch"],
  );
});

test("a class that keeps its volumes is tried by who may let them go, one whose volumes are made by hand by nobody, and the default by whatever it is", () => {
  const claim = (name: string, storageClassName?: string): Manifest => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: storageClassName === undefined ? {} : { storageClassName },
  });
  const kind = (name: string, more: object = {}, annotations: Record<string, string> = {}): Manifest => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name, annotations },
    ...more,
  });
  const objects = [claim("a"), claim("b", "kept"), claim("c", "none"), claim("d", "fast"), claim("e", "fast")];
  const isDefault = { "storageclass.kubernetes.io/is-default-class": "true" };
  assert.deepEqual(askedClasses(objects), ["", "kept", "none", "fast"]);
  assert.deepEqual(
    [false, true].map((may) =>
      triedClasses(
        objects,
        [kind("usual", {}, isDefault), kind("kept", { reclaimPolicy: "Retain" }), kind("fast", { reclaimPolicy: "Delete" })],
        may,
      ),
    ),
    [
      ["", "fast"],
      ["", "kept", "fast"],
    ],
  );
  for (const reclaimPolicy of ["Retain", "Delete"]) {
    const byHand = kind("usual", { provisioner: "kubernetes.io/no-provisioner", reclaimPolicy }, isDefault);
    assert.deepEqual(triedClasses(objects, [byHand], true), []);
    assert.doesNotMatch(untriedBecause(byHand, false)?.todo ?? "", /persistentvolumes/, "it is no matter of rights");
  }
  assert.match(untriedBecause(kind("kept", { reclaimPolicy: "Retain" }), false)?.todo ?? "", /patch persistentvolumes/);
});
