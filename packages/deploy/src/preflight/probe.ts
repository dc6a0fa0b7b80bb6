/** Looks from inside the namespace: starts the probes, waits for them, reads what they say, and takes them away again. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import { reachedIn, type Reached, type ReachKind } from "@touchstone/core/model/reach";
import type { Site } from "../release/site.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import { releaseLeftVolumes, releaseVolumes, stayingText } from "./kept-volumes.ts";
import { isKept, triedClasses } from "./storage-classes.ts";
import { planProbes, PROBE_LABEL, PROBE_SECONDS_MAX, type Probe, type Role } from "./probe-plan.ts";

const LOOK_MS = 1_000;
const PATIENCE_MS = PROBE_SECONDS_MAX * 1000;
/** What a preflight that was killed has left is older than any that runs. */
const LEFT_BEHIND_MS = 600_000;
const KINDS = "jobs.batch,networkpolicies.networking.k8s.io,persistentvolumeclaims,serviceaccounts";

/** How a probe ended: with answers, or in the words of what stopped it. */
export type ProbeEnd =
  | { kind: "answered"; image: string; reached: Reached[] }
  | { kind: "stopped"; image: string; where: Where; why: string };

/**
 * `rights`: who asks may not start it; `refused`: the API server does not want it; `place`: no node takes it; `image`: it cannot be pulled;
 * `silent`: it ran, and said nothing.
 */
export type Where = "rights" | "refused" | "place" | "image" | "silent";

export type ProbeEnds = ReadonlyMap<Role, ProbeEnd>;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

const IMAGE = /ImagePullBackOff|InvalidImageName|ErrImageNeverPull/;
const START = /CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff/;

const conditionOf = (object: Manifest | undefined, type: string): unknown =>
  list(at(object, "status", "conditions")).find((condition) => at(condition, "type") === type && at(condition, "status") === "True");

/** Why a pod does not run; null while it may still come to it. */
const stoppedPod = (pod: Manifest | undefined): { where: "image" | "silent"; why: string } | null => {
  const waiting = at(list(at(pod, "status", "containerStatuses"))[0], "state", "waiting");
  const reason = text(at(waiting, "reason"));
  const why = `${reason}: ${text(at(waiting, "message"))}`;
  return IMAGE.test(reason) ? { where: "image", why } : START.test(reason) ? { where: "silent", why } : null;
};

const placeProblem = (pod: Manifest | undefined): string | null => {
  const condition = list(at(pod, "status", "conditions")).find(
    (one) => at(one, "type") === "PodScheduled" && at(one, "status") === "False",
  );
  return condition === undefined ? null : text(at(condition, "message"));
};

/** What is known of a probe after a while: its end, or null while it goes on. */
export const endOf = ({ image, job }: Probe, seen: readonly Manifest[], isLate: boolean): { readPod: string } | ProbeEnd | null => {
  const stopped = (where: Where, why: string): ProbeEnd => ({ kind: "stopped", image, where, why });
  const now = seen.find(({ kind, metadata }) => kind === "Job" && metadata.name === job.metadata.name);
  const pod = seen.find(({ kind, metadata }) => kind === "Pod" && metadata.labels?.["batch.kubernetes.io/job-name"] === job.metadata.name);
  const unable = stoppedPod(pod);
  if (unable !== null) return stopped(unable.where, unable.why);
  if (pod !== undefined && ["Succeeded", "Failed"].includes(text(at(pod, "status", "phase")))) return { readPod: pod.metadata.name };
  const failed = conditionOf(now, "Failed");
  if (failed === undefined && !isLate) return null;
  const place = placeProblem(pod);
  if (place !== null) return stopped("place", place);
  if (pod === undefined) return stopped("refused", text(at(failed, "message")) || "its Job made no pod");
  return stopped("silent", text(at(failed, "message")) || `it did not end within ${PROBE_SECONDS_MAX} seconds`);
};

/** They belong to the Job: where we are killed, Kubernetes takes them away with it, five minutes after its end. */
const giveTo = async (kubectl: Kubectl, job: string, items: readonly Manifest[]): Promise<void> => {
  const uid: unknown = (await kubectl.get("jobs.batch", job))?.metadata["uid"];
  const patch = { metadata: { ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: job, uid }] } };
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  // Where it is refused they stay ours to remove, as they are now.
  if (typeof uid === "string") await kubectl.run(["patch", "-f", "-", "--type=merge", "-p", JSON.stringify(patch)], { input });
};

/** Whether the ServiceAccount is to be made: one that a killed preflight has left would stay in the way of an installation, and is made anew. */
const isToBeMade = async (kubectl: Kubectl, { metadata: { name } }: Manifest): Promise<boolean> => {
  const there = await kubectl.get("serviceaccounts", name);
  const isLeft = there?.metadata.labels?.[PROBE_LABEL] !== undefined;
  if (isLeft) await kubectl.remove("serviceaccounts", name);
  return there === null || isLeft;
};

const made = async (kubectl: Kubectl, probe: Probe): Promise<ProbeEnd | null> => {
  const accounts = probe.account !== null && (await isToBeMade(kubectl, probe.account)) ? [probe.account] : [];
  const items = [...accounts, ...probe.policies, ...probe.claims];
  const list = { apiVersion: "v1", kind: "List", items: [...items, probe.job] };
  const { status, stderr } = await kubectl.run(["create", "-f", "-"], { input: JSON.stringify(list) });
  if (status === 0) {
    if (items.length > 0) await giveTo(kubectl, probe.job.metadata.name, items);
    return null;
  }
  const why = stderr.trim().split("\n").at(-1) ?? "";
  return { kind: "stopped", image: probe.image, where: /forbidden: User/.test(why) ? "rights" : "refused", why };
};

const answersOf = async (kubectl: Kubectl, { image }: Probe, pod: string): Promise<ProbeEnd> => {
  const { status, stdout, stderr } = await kubectl.run(["logs", pod]);
  const reached = reachedIn(stdout);
  if (status === 0 && reached.length > 0) return { kind: "answered", image, reached };
  const why = status === 0 ? "it ended and answered nothing: is the image of this version?" : (stderr.trim().split("\n").at(-1) ?? "");
  return { kind: "stopped", image, where: "silent", why };
};

/** A volume that is not made, or is made and not brought to the node. */
const VOLUME_TROUBLE = /^(ProvisioningFailed|FailedBinding|FailedAttachVolume|FailedMount)$/;

/**
 * An event of a Job that makes no pod says why (a quota, a policy of the cluster), and so does one of a volume: without it a pod that
 * waits for its mount looks like one that says nothing. Claims and pods of a Job begin with its name.
 */
export const withEvent = (end: ProbeEnd, { job, claims }: Probe, events: readonly Manifest[]): ProbeEnd => {
  if (end.kind !== "stopped") return end;
  const waitsForVolume = claims.length > 0 && (end.where === "place" || end.where === "silent");
  if (end.where !== "refused" && !waitsForVolume) return end;
  const isAbout = (event: Manifest): boolean => {
    const name = text(at(event, "involvedObject", "name"));
    return waitsForVolume
      ? name.startsWith(`${job.metadata.name}-`) && VOLUME_TROUBLE.test(text(event["reason"]))
      : name === job.metadata.name;
  };
  const told = events.filter((event) => event["type"] === "Warning" && isAbout(event)).at(-1);
  if (told === undefined) return end;
  return { ...end, where: waitsForVolume ? "place" : end.where, why: text(told["message"]) };
};

const waitFor = async (
  { kubectl, signal }: Site,
  id: string,
  probes: readonly Probe[],
  ends: Map<Role, ProbeEnd>,
  meanwhile: () => Promise<unknown>,
): Promise<void> => {
  const until = performance.now() + PATIENCE_MS;
  for (let waiting = [...probes]; waiting.length > 0;) {
    if (signal.aborted) throw userError("ABORTED");
    const seen = await kubectl.list("jobs.batch,pods", { selector: `${PROBE_LABEL}=${id}` });
    await meanwhile();
    const isLate = performance.now() >= until;
    for (const probe of waiting) {
      const end = endOf(probe, seen, isLate);
      if (end === null) continue;
      ends.set(
        probe.role,
        "readPod" in end
          ? await answersOf(kubectl, probe, end.readPod)
          : withEvent(end, probe, await kubectl.list("events").catch(() => [])),
      );
    }
    waiting = waiting.filter(({ role }) => !ends.has(role));
    if (waiting.length > 0) await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
};

const remove = async (kubectl: Kubectl, selector: string): Promise<void> => {
  await kubectl.run(["delete", KINDS, "--selector", selector, "--wait=false", "--cascade=background", "--ignore-not-found"]);
};

/** Takes away what an earlier preflight could not, for it was killed. */
const sweep = async (kubectl: Kubectl, now: Date): Promise<void> => {
  const left = await kubectl.list(KINDS, { selector: PROBE_LABEL });
  const isOld = ({ metadata }: Manifest) => now.getTime() - Date.parse(text(metadata["creationTimestamp"])) > LEFT_BEHIND_MS;
  const ids = new Set(left.filter(isOld).map(({ metadata }) => metadata.labels?.[PROBE_LABEL] ?? ""));
  for (const id of ids) await remove(kubectl, `${PROBE_LABEL}=${id}`);
};

/** Runs the probes of a deployment. Whatever happens, nothing of them stays. */
export const runProbes = async (
  site: Site,
  objects: readonly Manifest[],
  now: Date,
  mayChangeVolumes: () => Promise<boolean>,
): Promise<ProbeEnds> => {
  const { kubectl, deployment, tell } = site;
  const id = randomBytes(4).toString("hex");
  // Who may not list them gets no claim, and is told so by the check.
  const known = await kubectl.list("storageclasses").catch(() => []);
  const releases = known.some(isKept) && (await mayChangeVolumes());
  const classes = triedClasses(objects, known, releases);
  const probes = planProbes({ id, deployment, namespace: kubectl.access.namespace, objects, classes });
  const ends = new Map<Role, ProbeEnd>();
  await sweep(kubectl, now);
  if (releases) for (const line of stayingText(await releaseLeftVolumes(kubectl))) tell(line);
  tell(`looking from inside ${kubectl.access.namespace}: ${probes.length} Jobs, for ${PROBE_SECONDS_MAX} seconds at most`);
  try {
    for (const probe of probes) {
      const refused = await made(kubectl, probe);
      if (refused !== null) ends.set(probe.role, refused);
    }
    await waitFor(
      site,
      id,
      probes.filter(({ role }) => !ends.has(role)),
      ends,
      // Killed in between, a claim goes with its Job: by then its volume ought to be known to go too.
      async () => (releases ? releaseVolumes(kubectl, id) : null),
    );
    return ends;
  } finally {
    const stays = releases ? await releaseVolumes(kubectl, id).catch(() => null) : null;
    for (const line of stays === null ? [] : stayingText(stays)) tell(line);
    await remove(kubectl, `${PROBE_LABEL}=${id}`);
  }
};

/** The answers of a role about some kinds of targets, or why there are none. */
export const answersAbout = (ends: ProbeEnds, role: Role, ...kinds: readonly ReachKind[]): Reached[] | string => {
  const end = ends.get(role);
  if (end === undefined) return "this deployment has no pod to look from";
  return end.kind === "answered"
    ? end.reached.filter((one) => kinds.includes(one.kind))
    : `the pod that should look did not run (${end.why})`;
};
