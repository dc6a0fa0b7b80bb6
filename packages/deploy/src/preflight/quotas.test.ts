import { test } from "node:test";
import { Manifest } from "../kubernetes/manifest.ts";
import { expectFindings, type Expected } from "../trial/findings.ts";
import { judgeQuotas } from "./quotas.ts";

const limited = { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "2Gi" } };
const worker = (resources: object = limited, replicas = 2) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "worker" },
  spec: { replicas, template: { spec: { containers: [{ name: "a", image: "a", resources }] } } },
});
const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "backup" },
  spec: { resources: { requests: { storage: "10Gi" } } },
};
const quota = (hard: object, used: object = {}, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "team" },
  spec: { hard, ...spec },
  status: { used },
});
const range = (limit: object) => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "sane" },
  spec: { limits: [{ type: "Container", ...limit }] },
});
const running = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a" },
  spec: { containers: [{ name: "a", image: "a", resources: limited }] },
  status: { phase: "Running" },
};

type Case = { what: string; quotas?: object[]; ranges?: object[]; objects?: object[]; own?: object[]; expected: Expected };
const CASES: readonly Case[] = [
  { what: "none", expected: [["ok", /none/]] },
  {
    what: "room enough",
    quotas: [quota({ "requests.cpu": "2", memory: "4Gi", pods: "2" })],
    expected: [["ok", /ResourceQuota team leave/]],
  },
  {
    what: "too little memory",
    quotas: [quota({ "requests.memory": "3Gi" })],
    expected: [["problem", /leaves 3\.2 GB of requests\.memory/]],
  },
  { what: "held by others", quotas: [quota({ cpu: "3" }, { cpu: "2" })], expected: [["problem", /leaves 1 of cpu/]] },
  { what: "held by ourselves", quotas: [quota({ cpu: "3" }, { cpu: "2" })], own: [running], expected: [["ok", /./]] },
  { what: "nothing left at all", quotas: [quota({ pods: "1" }, { pods: "5" })], expected: [["problem", /leaves 0 of pods/]] },
  {
    what: "volumes",
    quotas: [quota({ "requests.storage": "5Gi", persistentvolumeclaims: "1" })],
    objects: [claim],
    expected: [["problem", /requests\.storage/]],
  },
  { what: "for some pods only", quotas: [quota({ pods: "1" }, {}, { scopes: ["BestEffort"] })], expected: [["unseen", /scopes/]] },
  { what: "something strange", quotas: [quota({ "count/widgets.example.org": "1" })], expected: [["unseen", /count\/widgets/]] },
  {
    what: "limits of processor time that nobody has",
    quotas: [quota({ "limits.cpu": "8" })],
    expected: [["problem", /wants limits\.cpu of every container/]],
  },
  {
    what: "limits of processor time that a LimitRange gives",
    quotas: [quota({ "limits.cpu": "8" })],
    ranges: [range({ default: { cpu: "2" } })],
    expected: [["ok", /LimitRange sane/]],
  },
  {
    what: "a container above the most",
    ranges: [range({ max: { memory: "1Gi" } })],
    expected: [["problem", /takes at most 1\.1 GB of memory for Deployment worker/]],
  },
  { what: "a container below the least", ranges: [range({ min: { cpu: "2" } })], expected: [["problem", /wants at least 2 of cpu/]] },
  {
    what: "a usual limit below the request",
    ranges: [range({ default: { cpu: "500m" } })],
    expected: [["problem", /a limit of 0\.5 of cpu, below what is asked/]],
  },
];

const read = (objects: readonly object[]) => objects.map((object) => Manifest.parse(object));
for (const { what, quotas = [], ranges = [], objects = [], own = [], expected } of CASES)
  test(what, () =>
    expectFindings(
      judgeQuotas({ quotas: read(quotas), ranges: read(ranges), objects: read([worker(), ...objects]), own: read(own) }),
      expected,
    ),
  );
