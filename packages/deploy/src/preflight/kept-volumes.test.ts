/** Which volumes a trial lets go: those that were made for it, and no other, whatever is bound to its claims. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kubectl } from "../cluster/kubectl.ts";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { releaseLeftVolumes, releaseVolumes, stayingText } from "./kept-volumes.ts";
import { PROBE_LABEL } from "./probe-plan.ts";

const UID = "c1a1";
const CLAIM = "touchstone-preflight-c0de-volumes-0";
const MADE = { "pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com" };

type Volume = { name?: string; uid?: string; createdAt?: string; annotations?: object; policy?: string; claim?: string; phase?: string };

const volumeOf = ({ name = `pvc-${UID}`, uid = UID, createdAt = "2026-01-01T12:00:00Z", claim = CLAIM, ...more }: Volume): object => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name, creationTimestamp: createdAt, annotations: more.annotations ?? MADE },
  spec: { persistentVolumeReclaimPolicy: more.policy ?? "Retain", claimRef: { namespace: "quality", name: claim, uid } },
  status: { phase: more.phase ?? "Bound" },
});

/** Names of what is set to go, where that is not refused. */
const placeWith = (volume: Volume, status = 0): { kubectl: Kubectl; goes: string[] } => {
  const { kubectl, put } = kubectlInMemory();
  const goes: string[] = [];
  const { name = `pvc-${UID}` } = volume;
  const metadata = { name: CLAIM, uid: UID, creationTimestamp: "2026-01-01T12:00:00Z", labels: { [PROBE_LABEL]: "c0de" } };
  put({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: { volumeName: name } });
  put(volumeOf(volume));
  const run: Kubectl["run"] = async ([verb, kind, one = ""]) => {
    assert.deepEqual([verb, kind], ["patch", "persistentvolumes"]);
    if (status === 0) goes.push(one);
    return { status, stdout: "", stderr: "" };
  };
  return { kubectl: { ...kubectl, run }, goes };
};

const OWN = [`pvc-${UID}`];
const BOUND: readonly { what: string; volume: Volume; status?: number; goes?: string[]; ours?: string[]; others?: string[] }[] = [
  { what: "made for it", volume: {}, goes: OWN },
  { what: "made for it, and not to be patched", volume: {}, status: 1, ours: OWN },
  { what: "that goes anyway", volume: { policy: "Delete" } },
  { what: "of an earlier claim", volume: { name: "pvc-0ld", createdAt: "2025-01-01T12:00:00Z" }, others: ["pvc-0ld"] },
  { what: "older than the claim", volume: { createdAt: "2026-01-01T11:59:59Z" }, others: OWN },
  { what: "bound to another claim", volume: { uid: "b2" }, others: OWN },
  { what: "made by hand", volume: { annotations: {} }, others: OWN },
  { what: "named otherwise by its driver", volume: { name: `kv-${UID}` }, others: [`kv-${UID}`] },
];
for (const { what, volume, status, goes = [], ours = [], others = [] } of BOUND)
  test(`bound to a claim of the trial: one ${what}`, async () => {
    const place = placeWith(volume, status);
    const stays = await releaseVolumes(place.kubectl, "c0de");
    assert.deepEqual({ ...stays, goes: place.goes }, { ours, others, goes });
  });

const LEFT: readonly { what: string; volume: Volume; goes?: string[]; others?: string[] }[] = [
  { what: "made for it", volume: {}, goes: OWN },
  { what: "of an earlier claim, bound to the trial's since", volume: { name: "pvc-0ld" }, others: ["pvc-0ld"] },
  { what: "made by hand", volume: { annotations: {} }, others: OWN },
  { what: "of somebody else's claim", volume: { claim: "acme-touchstone-backup" } },
  { what: "still bound", volume: { phase: "Bound" } },
];
for (const { what, volume, goes = [], others = [] } of LEFT)
  test(`left by a killed trial: one ${what}`, async () => {
    const place = placeWith({ phase: "Released", ...volume });
    const stays = await releaseLeftVolumes(place.kubectl);
    assert.deepEqual({ ...stays, goes: place.goes }, { ours: [], others, goes });
  });

test("only what was made for the trial is called to be deleted", () => {
  assert.deepEqual(stayingText({ ours: [], others: [] }), []);
  const [ours = "", others = ""] = stayingText({ ours: ["a"], others: ["b", "c"] });
  assert.match(ours, /^delete by hand .*: a$/);
  assert.match(others, /clear its claimRef: b, c$/);
  assert.doesNotMatch(others, /delete/);
});
