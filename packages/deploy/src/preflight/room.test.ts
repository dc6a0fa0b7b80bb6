/** Nodes, amounts and what fits: from the objects of a cluster and of a chart to findings. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Manifest, podTemplateOf } from "../kubernetes/manifest.ts";
import { expectFindings, type Expected } from "../trial/findings.ts";
import { node } from "../trial/ready-cluster.ts";
import { podAsks, podRequest, totalOf } from "./amounts.ts";
import { nodeRooms, takes } from "./nodes.ts";
import { judgeRoom, unplaced } from "./room.ts";

const WHERE = { namespace: "quality", release: "acme" };
const container = (cpu: string, memory: string, more: object = {}) => ({
  name: "a",
  image: "a",
  resources: { requests: { cpu, memory } },
  ...more,
});
const template = (containers: readonly object[], spec: object = {}) => ({ metadata: {}, spec: { containers, ...spec } });
const deployment = (name: string, cpu: string, memory: string, replicas: number, spec: object = {}): Manifest =>
  Manifest.parse({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas, template: template([container(cpu, memory)], spec) },
  });
const pod = (on: string, cpu: string, memory: string, more: { labels?: object; phase?: string; namespace?: string } = {}): Manifest =>
  Manifest.parse({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${on}`, namespace: more.namespace ?? "other", labels: more.labels ?? {} },
    spec: { nodeName: on, containers: [container(cpu, memory)] },
    status: { phase: more.phase ?? "Running" },
  });
const nodes = (...all: readonly object[]): Manifest[] => all.map((one) => Manifest.parse(one));

type RoomCase = {
  what: string;
  objects: readonly Manifest[];
  nodes: readonly Manifest[];
  pods?: readonly Manifest[];
  size?: "medium" | "large";
  grows?: boolean;
  expected: Expected;
};

const WORKERS = deployment("workers", "4", "20Gi", 3);
const TAINTED = { spec: { taints: [{ key: "pool", value: "app", effect: "NoSchedule" }] } };

const CASES: readonly RoomCase[] = [
  { what: "no node", objects: [WORKERS], nodes: [], expected: [["problem", /no node/]] },
  {
    what: "more than is needed",
    objects: [WORKERS],
    nodes: nodes(node("a"), node("b"), node("c")),
    expected: [["ok", /^23\.7 cores and 96\.6 GB free on 3 of 3 nodes; size medium asks for 12 cores and 64\.4 GB$/]],
  },
  {
    what: "enough for what is asked, and less than is promised",
    objects: [WORKERS],
    nodes: nodes(node("a", { cpu: "5" }), node("b", { cpu: "5" }), node("c", { cpu: "5" })),
    expected: [["note", /^15 cores/]],
  },
  {
    what: "another size, of which nothing is promised",
    objects: [WORKERS],
    nodes: nodes(node("a", { cpu: "5" }), node("b", { cpu: "5" }), node("c", { cpu: "5" })),
    size: "large",
    expected: [["ok", /^15 cores/]],
  },
  {
    what: "what others hold is not free, what has ended is, and so is what is ours",
    objects: [WORKERS],
    nodes: nodes(node("a"), node("b"), node("c")),
    pods: [
      pod("a", "4", "12Gi"),
      pod("b", "7", "29Gi", { phase: "Succeeded" }),
      pod("c", "7", "29Gi", { namespace: "quality", labels: { "app.kubernetes.io/instance": "acme" } }),
    ],
    expected: [
      ["ok", /^19\.7 cores and 83\.7 GB free/],
      ["note", /lies in pieces: no place for Deployment workers/],
    ],
  },
  {
    what: "nodes that take nothing",
    objects: [WORKERS],
    nodes: nodes(
      node("a"),
      node("b"),
      node("c"),
      node("arm", { labels: { "kubernetes.io/arch": "arm64" } }),
      node("cordoned", { spec: { unschedulable: true } }),
      node("down", { ready: false }),
      node("control", TAINTED),
    ),
    expected: [["ok", /3 of 7 nodes \(arm is linux\/arm64, cordoned is cordoned, down is not ready\)/]],
  },
  {
    what: "too small for one pod",
    objects: [WORKERS],
    nodes: nodes(...["a", "b", "c", "d", "e", "f", "g"].map((name) => node(name, { memory: "16Gi" }))),
    expected: [
      ["ok", /7 nodes/],
      ["problem", /no node is so large for a pod of Deployment workers: the best has 7\.9 cores, 17\.1 GB of memory free/],
    ],
  },
  {
    what: "large enough, and held by others",
    objects: [deployment("workers", "4", "20Gi", 1)],
    nodes: nodes(node("a"), node("b")),
    pods: [pod("a", "1", "20Gi"), pod("b", "1", "20Gi")],
    size: "large",
    expected: [
      ["ok", /^13\.8 cores and 21\.4 GB/],
      ["problem", /no node has so much free/],
    ],
  },
  {
    what: "labels that no node has",
    objects: [deployment("workers", "1", "1Gi", 1, { nodeSelector: { "touchstone/pool": "dataplane" } })],
    nodes: nodes(node("a"), node("b"), node("c")),
    size: "large",
    expected: [
      ["problem", /^0 cores and 0 GB free on 0 of 3 nodes/],
      ["problem", /no node takes the pods of Deployment workers/],
    ],
  },
  {
    what: "the same, where an autoscaler is",
    objects: [deployment("workers", "1", "1Gi", 1, { nodeSelector: { "touchstone/pool": "dataplane" } })],
    nodes: nodes(node("a")),
    size: "large",
    grows: true,
    expected: [
      ["note", /an autoscaler is there/],
      ["note", /no node takes .* an autoscaler is there/],
    ],
  },
];

suite("room", () => {
  for (const { what, objects, nodes: manifests, pods = [], size = "medium", grows = false, expected } of CASES)
    test(what, () =>
      expectFindings(judgeRoom({ asks: podAsks(objects), nodes: nodeRooms(manifests, pods, WHERE), size, grows }), expected),
    );

  const SPECS: readonly { what: string; spec: object; cpu: number }[] = [
    { what: "containers together", spec: { containers: [container("1", "1Gi"), container("500m", "1Gi")] }, cpu: 1.5 },
    { what: "a larger one before them", spec: { containers: [container("1", "1Gi")], initContainers: [container("2", "1Gi")] }, cpu: 2 },
    {
      what: "a smaller one before them",
      spec: { containers: [container("1", "1Gi")], initContainers: [container("100m", "1Gi")] },
      cpu: 1,
    },
    {
      what: "one that stays beside them",
      spec: { containers: [container("1", "1Gi")], initContainers: [container("2", "1Gi", { restartPolicy: "Always" })] },
      cpu: 3,
    },
    { what: "a limit without a request", spec: { containers: [{ name: "a", image: "a", resources: { limits: { cpu: "3" } } }] }, cpu: 3 },
    { what: "what its sandbox takes", spec: { containers: [container("1", "1Gi")], overhead: { cpu: "250m" } }, cpu: 1.25 },
    { what: "nothing", spec: { containers: [{ name: "a", image: "a" }] }, cpu: 0 },
  ];
  for (const { what, spec, cpu } of SPECS)
    test(`a pod asks for ${what}`, () => {
      const one = podTemplateOf(Manifest.parse({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec }));
      assert.equal(podRequest(one ?? assert.fail()).cpu, cpu);
    });

  test("the most replicas there may be count, and those of an upgrade beside them; what is suspended does not", () => {
    const rolling = { strategy: { rollingUpdate: { maxSurge: 1 } }, template: template([container("1", "1Gi")]) };
    const objects = [
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "api" }, spec: rolling },
      {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "api" },
        spec: { scaleTargetRef: { name: "api" }, maxReplicas: 4 },
      },
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "backup" },
        spec: { jobTemplate: { spec: { template: template([container("250m", "1Gi")]) } } },
      },
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "restore" },
        spec: { suspend: true, jobTemplate: { spec: { template: template([container("9", "9Gi")]) } } },
      },
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name: "store" },
        spec: { instances: 3, resources: { requests: { cpu: "500m", memory: "1Gi" } } },
      },
    ].map((object) => Manifest.parse(object));
    const total = totalOf(podAsks(objects));
    assert.equal(total.cpu, 5 + 0.25 + 1.5);
    assert.equal(total.memory, 9 * 2 ** 30);
  });

  test("the largest are placed first", () => {
    const asks = podAsks([deployment("small", "1", "10Gi", 4), deployment("large", "1", "30Gi", 1)]);
    assert.deepEqual(unplaced(asks, nodeRooms(nodes(node("a"), node("b", { memory: "40Gi" })), [], WHERE)), []);
    assert.deepEqual(unplaced(asks, nodeRooms(nodes(node("a"), node("b")), [], WHERE)), ["Deployment small"]);
  });
});

suite("nodes take pods by labels and taints", () => {
  const [plain] = nodeRooms(nodes(node("a", { labels: { zone: "1", size: "8" } })), [], WHERE);
  const [tainted] = nodeRooms(nodes(node("a", TAINTED)), [], WHERE);
  const required = (key: string, operator: string, values: readonly string[] = []) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }] },
      },
    },
  });
  const PLACES: readonly { what: string; spec: object; on: typeof plain; is: boolean }[] = [
    { what: "nothing said", spec: {}, on: plain, is: true },
    { what: "a label it has", spec: { nodeSelector: { zone: "1" } }, on: plain, is: true },
    { what: "a label of another value", spec: { nodeSelector: { zone: "2" } }, on: plain, is: false },
    { what: "In", spec: required("zone", "In", ["1", "2"]), on: plain, is: true },
    { what: "NotIn", spec: required("zone", "NotIn", ["1"]), on: plain, is: false },
    { what: "Exists", spec: required("zone", "Exists"), on: plain, is: true },
    { what: "DoesNotExist", spec: required("gpu", "DoesNotExist"), on: plain, is: true },
    { what: "Gt", spec: required("size", "Gt", ["4"]), on: plain, is: true },
    { what: "Lt", spec: required("size", "Lt", ["4"]), on: plain, is: false },
    { what: "an operator that is none", spec: required("size", "Near", ["4"]), on: plain, is: false },
    { what: "a taint", spec: {}, on: tainted, is: false },
    { what: "a taint it bears", spec: { tolerations: [{ key: "pool", value: "app", effect: "NoSchedule" }] }, on: tainted, is: true },
    { what: "a taint of another value", spec: { tolerations: [{ key: "pool", value: "db" }] }, on: tainted, is: false },
    { what: "a taint by its key", spec: { tolerations: [{ key: "pool", operator: "Exists" }] }, on: tainted, is: true },
    { what: "every taint", spec: { tolerations: [{ operator: "Exists" }] }, on: tainted, is: true },
  ];
  for (const { what, spec, on, is } of PLACES)
    test(what, () => {
      const [ask] = podAsks([deployment("a", "1", "1Gi", 1, spec)]);
      assert.equal(takes(on ?? assert.fail(), ask?.template ?? null), is);
    });
});
