/**
 * A backup that leaves the cluster: a pod beside the control plane, with the labels, the settings and the image of the chart's own backups,
 * waits to be asked; `kubectl exec` asks it for the store, and what it says of the sum is compared with what came. Streams of exec have been
 * cut short without a word (https://github.com/kubernetes/kubernetes/issues/60140): only the sum tells.
 */
import { rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import { kubectlReason } from "../cluster/kubectl.ts";
import { at, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import { backupCronJob, jobEnd, jobName, NO_CRON_JOB } from "../release/backup.ts";
import type { Site } from "../release/site.ts";
import { fileDigest } from "../transfer/move-out.ts";
import { backupFile, describeBackup, openBackups, type BackupCopy } from "./backups.ts";
import { settle } from "./files.ts";

/** The chart gives a backup an hour. */
const DEADLINE_SECONDS = 3600;
/** A node may have to be added, an image be pulled. */
const START_MS = 600_000;
const ASK_MS = 1000;
/** Of the key in the names. */
const KEY_CHARACTERS = 12;

/** The first process of a container hears of its end only where it listens. */
const WAIT = ["node", "-e", `process.on("SIGTERM", () => process.exit()); setTimeout(() => {}, ${DEADLINE_SECONDS * 1000})`];
const SEND = ["touchstone", "db", "backup", "-"];

/** Pure: the Job whose pod waits, from the CronJob of backups. Its volume stays out: another pod may have it. */
const waitingJob = (cronJob: Manifest, name: string): object => {
  const template = podTemplateOf(cronJob);
  const [container] = template?.spec.containers ?? [];
  const claimed = (template?.spec.volumes ?? []).filter((volume) => "persistentVolumeClaim" in volume).map((volume) => volume.name);
  const { labels, namespace } = cronJob.metadata;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      ttlSecondsAfterFinished: DEADLINE_SECONDS,
      template: {
        metadata: template?.metadata,
        spec: {
          ...template?.spec,
          volumes: template?.spec.volumes.filter((volume) => !claimed.includes(volume.name)),
          containers: [
            {
              ...container,
              command: WAIT,
              args: [],
              volumeMounts: container?.volumeMounts.filter((mount) => !claimed.includes(mount.name)),
            },
          ],
        },
      },
    },
  };
};

/** Helm is not asked. */
type Asking = Omit<Site, "helm">;

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);

/** What keeps a pod from running, in its own words; empty where it says nothing. */
const hindrance = (pod: Manifest | undefined): string => {
  const waiting = at(first(at(pod, "status", "containerStatuses")), "state", "waiting");
  const words = [at(waiting, "reason"), at(waiting, "message"), at(first(at(pod, "status", "conditions")), "message")];
  return words.filter((word) => typeof word === "string" && word !== "").join(": ");
};

const impossible = ({ deployment: { name } }: Asking, why: string) => userError("FLEET_BACKUP_IMPOSSIBLE", name, why);

/** Starts it, or finds it, and answers the name of its pod once that runs. */
const waitingPod = async (site: Asking, cronJob: Manifest, job: string): Promise<string> => {
  const { kubectl, signal } = site;
  const before = await kubectl.get("jobs.batch", job);
  // One that has come to its end is in the way of another of its name.
  if (before !== null && jobEnd(before) !== null) await kubectl.remove("jobs.batch", job);
  await kubectl.create(waitingJob(cronJob, job));
  let pod: Manifest | undefined;
  for (const until = Date.now() + START_MS; Date.now() < until; await sleep(ASK_MS, undefined, { signal })) {
    const found = await kubectl.get("jobs.batch", job);
    const end = found === null ? { why: "somebody deleted it" } : jobEnd(found);
    if (end !== null) throw impossible(site, `job ${job}: ${end.why || "it ended before it was asked"}`);
    // By its own mark: pods of an earlier Job of that name may still be on their way out.
    const uid = String(at(found, "metadata", "uid"));
    [pod] = await kubectl.list("pods", { selector: `batch.kubernetes.io/controller-uid=${uid}` });
    if (pod !== undefined && at(pod, "status", "phase") === "Running") return pod.metadata.name;
  }
  throw impossible(site, `job ${job} has no pod that runs${hindrance(pod) === "" ? "" : `: ${hindrance(pod)}`}`);
};

/** What `db backup -` says on its second stream when it is done. */
const SUM = /^(sha256:[0-9a-f]{64}) {2}(\d+) bytes$/m;

/** Has the store sent into a file. Throws FLEET_BACKUP_IMPOSSIBLE when it did not come whole. */
const received = async (site: Asking, pod: string, file: string): Promise<{ digest: string; bytes: number }> => {
  const { kubectl, signal } = site;
  // Without end: the usual limit is for a question, this takes as long as it takes.
  const ended = await kubectl.run(["exec", "--request-timeout=0", pod, "--", ...SEND], { output: file, signal });
  if (ended.status !== 0) throw impossible(site, `pod ${pod}: ${kubectlReason(ended)}`);
  const [, digest, bytes] = SUM.exec(ended.stderr) ?? [];
  const came = { digest: await fileDigest(file), bytes: statSync(file).size };
  if (came.digest !== digest || came.bytes !== Number(bytes))
    throw impossible(site, `${came.bytes} bytes came, ${came.digest}; ${bytes ?? "no"} bytes were sent, ${digest ?? "without a sum"}`);
  return came;
};

/** Makes a backup and keeps it in the folder of the deployment; for the same key, in the same file. Throws FLEET_BACKUP_IMPOSSIBLE. */
export const copyOut = async (site: Asking, key: string, folder: string): Promise<BackupCopy> => {
  const { kubectl, deployment } = site;
  const cronJob = await backupCronJob(site);
  if (cronJob === null) throw impossible(site, NO_CRON_JOB);
  const id = `${deployment.name}-${key.slice(0, KEY_CHARACTERS)}`;
  const job = jobName(cronJob, `out-${key.slice(0, KEY_CHARACTERS)}`);
  openBackups(folder);
  const [file, unfinished] = [backupFile(folder, id), `${backupFile(folder, id)}.unfinished`];
  try {
    const pod = await waitingPod(site, cronJob, job);
    site.tell(`the store is copied out of the cluster: ${file}`);
    const madeAt = new Date().toISOString();
    const came = await received(site, pod, unfinished);
    settle(unfinished, file);
    const { name, fqdn } = deployment;
    const copy: BackupCopy = { version: 1, id, deployment: name, fqdn, namespace: kubectl.access.namespace, madeAt, ...came };
    describeBackup(folder, copy);
    return copy;
  } finally {
    rmSync(unfinished, { force: true });
    await kubectl.run(["delete", "jobs.batch", job, "--ignore-not-found", "--cascade=background", "--wait=false"]);
  }
};
