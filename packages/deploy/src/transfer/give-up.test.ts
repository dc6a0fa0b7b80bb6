/** What is destroyed is the old place: one that runs is another, and left whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Helm } from "../cluster/helm.ts";
import { Deployment } from "../deployment/deployment.ts";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { codeIs } from "../trial/thrown.ts";
import { destroy } from "./give-up.ts";

const deployment = Deployment.parse({ version: 1, name: "acme", model: "customer", fqdn: "quality.example.org" });
const labels = { "app.kubernetes.io/instance": "acme", "app.kubernetes.io/part-of": "touchstone" };
const KEYS = { apiVersion: "v1", kind: "Secret", metadata: { name: deployment.secrets.keys } };

const placeWith = (replicas: readonly number[]) => {
  const { kubectl, put } = kubectlInMemory();
  const asked: string[] = [];
  const notAsked = () => Promise.reject(new Error("nothing that is tested here asks this"));
  const helm: Helm = {
    major: 4,
    run: notAsked,
    history: notAsked,
    status: async () =>
      asked.includes("uninstall") ? null : { name: "acme", namespace: "quality", version: 1, info: { status: "deployed" } },
    good: async (_, [verb = ""]) => {
      asked.push(verb);
      return { status: 0, stdout: "", stderr: "" };
    },
    close: async () => undefined,
  };
  put(KEYS);
  replicas.forEach((count, index) =>
    put({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: `acme-${index}`, labels }, spec: { replicas: count } }),
  );
  return { place: { deployment, kubectl, helm }, asked };
};

const CASES: readonly { what: string; replicas: readonly number[]; goes: boolean }[] = [
  { what: "one that was stopped", replicas: [0, 0], goes: true },
  { what: "one that is gone half way", replicas: [], goes: true },
  { what: "one that runs", replicas: [2, 2], goes: false },
  { what: "one of which something runs", replicas: [0, 1], goes: false },
];
for (const { what, replicas, goes } of CASES)
  test(`${what} ${goes ? "goes" : "is left whole"}`, async () => {
    const { place, asked } = placeWith(replicas);
    const destroyed = destroy(place, () => undefined, new AbortController().signal);
    if (goes) await destroyed;
    else await assert.rejects(destroyed, codeIs("OLD_PLACE_RUNS", /acme-\d has pods/));
    const isLeft = (await place.kubectl.get("secret", KEYS.metadata.name)) !== null;
    assert.deepEqual({ asked, isLeft }, goes ? { asked: ["uninstall"], isLeft: false } : { asked: [], isLeft: true });
  });
