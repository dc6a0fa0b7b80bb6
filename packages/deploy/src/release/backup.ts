/** A backup of the store now, by the CronJob of the chart that makes one each night. */
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Underway } from "./operation.ts";
import type { Site } from "./site.ts";

/** The chart gives a backup an hour. */
const DEADLINE_MS = 3_600_000;
const ASK_MS = 1000;
/** Of the CronJob's in the Job's: pods get some more on top, within 63. */
const NAME_CHARACTERS = 40;
const COMPONENT = "app.kubernetes.io/component=backup";

/** Why there is nothing to make a backup with. */
export const NO_CRON_JOB = "the release has no CronJob for backups: backup.enabled is off, or the store is the demo's";

/** The CronJob that makes backups; null where the release has none. */
export const backupCronJob = async ({ kubectl, deployment }: Pick<Site, "kubectl" | "deployment">): Promise<Manifest | null> => {
  const found = await kubectl.list("cronjobs.batch", { selector: `app.kubernetes.io/instance=${deployment.name},${COMPONENT}` });
  return found.find(({ metadata }) => metadata.name.endsWith("-backup")) ?? null;
};

export const jobName = (cronJob: Manifest, end: string): string => `${cronJob.metadata.name.slice(0, NAME_CHARACTERS)}-${end}`;

/** What `kubectl create job --from` makes: it belongs to the CronJob, whose controller counts it as one of its own, and goes with it when the release does. */
export const jobFrom = (cronJob: Manifest, name: string): object => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name,
    namespace: cronJob.metadata.namespace,
    labels: cronJob.metadata.labels,
    annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
    ownerReferences: [
      { apiVersion: cronJob.apiVersion, kind: cronJob.kind, name: cronJob.metadata.name, uid: cronJob.metadata["uid"], controller: true },
    ],
  },
  spec: at(cronJob, "spec", "jobTemplate", "spec"),
});

/** A Job that ran to its end, or why it did not; null while it runs. */
export const jobEnd = (job: Manifest): { isGood: boolean; why: string } | null => {
  const conditions: unknown = at(job, "status", "conditions");
  for (const condition of Array.isArray(conditions) ? conditions : []) {
    const [type, status] = [at(condition, "type"), at(condition, "status")];
    if (status === "True" && type === "Complete") return { isGood: true, why: "" };
    if (status === "True" && type === "Failed")
      return { isGood: false, why: String(at(condition, "message") ?? at(condition, "reason") ?? "it failed") };
  }
  return null;
};

const waitFor = async (kubectl: Kubectl, name: string, signal: AbortSignal): Promise<void> => {
  for (const until = Date.now() + DEADLINE_MS; Date.now() < until;) {
    const job = await kubectl.get("jobs.batch", name);
    const end = job === null ? { isGood: false, why: "somebody deleted it" } : jobEnd(job);
    if (end?.isGood === true) return;
    if (end !== null) throw userError("DEPLOY_BACKUP_FAILED", name, end.why);
    await sleep(ASK_MS, undefined, { signal, ref: true });
  }
  throw userError("DEPLOY_BACKUP_FAILED", name, "it did not end within an hour");
};

/** Throws DEPLOY_BACKUP_FAILED when there is nothing to make one with, or it fails. */
export const backUp = async ({ site, step, say }: Underway): Promise<void> => {
  const { kubectl, signal } = site;
  const cronJob = await backupCronJob(site);
  if (cronJob === null) throw userError("DEPLOY_BACKUP_FAILED", "(none)", NO_CRON_JOB);
  const job = jobName(cronJob, Date.now().toString(36));
  await kubectl.create(jobFrom(cronJob, job));
  await step("backup", `backing the store up: job ${job}`);
  await waitFor(kubectl, job, signal);
  say("backup", "the backup is whole");
};
