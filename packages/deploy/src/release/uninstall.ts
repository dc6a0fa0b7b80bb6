/** Takes a release away, and says what stays. With `deleteData` the volumes, the Secrets and the record go too; a store of yours never does. */
import { userError } from "@touchstone/core/errors";
import { helmReason } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { backupBucketOf } from "../deployment/backup-bucket.ts";
import { timeLimit, TIMEOUT_SECONDS } from "./helm-arguments.ts";
import { neededSecrets } from "./needed-secrets.ts";
import { underLock, type Underway } from "./operation.ts";
import type { Site } from "./site.ts";

export type UninstallOptions = {
  /** Also volumes and Secrets: what was in them is lost. */
  deleteData?: boolean;
  timeoutSeconds?: number;
};

export type UninstallResult = {
  /** False: there was no release. */
  removed: boolean;
  /** What is still there, as people say it. */
  stays: string[];
};

type Left = { kind: string; name: string };

/** Volumes of the release and Secrets that the deployment names, as far as they are there. */
const leftBehind = async (kubectl: Kubectl, { deployment }: Site): Promise<Left[]> => {
  const volumes = await kubectl.list("persistentvolumeclaims", { selector: `app.kubernetes.io/instance=${deployment.name}` });
  const named = [...new Set(neededSecrets(deployment).map(({ secret }) => secret))];
  const secrets = await Promise.all(named.map((name) => kubectl.get("secret", name)));
  return [
    ...volumes.map(({ metadata }) => ({ kind: "PersistentVolumeClaim", name: metadata.name })),
    ...secrets.flatMap((secret) => (secret === null ? [] : [{ kind: "Secret", name: secret.metadata.name }])),
  ];
};

/** Pods of `helm test` are kept by helm, for their logs. */
const removeChecks = async ({ kubectl, deployment }: Site): Promise<void> => {
  const pods = await kubectl.list("pods", { selector: `app.kubernetes.io/instance=${deployment.name},app.kubernetes.io/component=check` });
  for (const { metadata } of pods) await kubectl.remove("pod", metadata.name);
};

const deleteAll = async ({ site, say }: Underway, left: readonly Left[]): Promise<void> => {
  for (const { kind, name } of left) {
    say("delete", `deleting ${kind} ${name}`);
    await site.kubectl.remove(kind, name);
  }
};

export const uninstall = (given: Site, { deleteData, timeoutSeconds }: UninstallOptions = {}): Promise<UninstallResult> =>
  underLock(given, "uninstall", async (underway) => {
    const { site, step, say, revisions } = underway;
    const { helm, kubectl, deployment, signal } = site;
    const removed = revisions.length > 0;
    if (removed) {
      await step("helm", `uninstalling ${deployment.name}`);
      const ended = await helm.run(["uninstall", deployment.name, "--wait", ...timeLimit(timeoutSeconds ?? TIMEOUT_SECONDS)], { signal });
      if (ended.status !== 0) throw userError("DEPLOY_FAILED", deployment.name, "uninstalled", helmReason(ended));
    }
    await removeChecks(site);
    const left = await leftBehind(kubectl, site);
    if (deleteData === true) await deleteAll(underway, left);
    say("done", removed ? `uninstalled ${deployment.name}` : `${deployment.name} is not installed`);
    const bucket = backupBucketOf(deployment);
    const stays = [
      ...(deleteData === true ? [] : left.map(({ kind, name }) => `${kind} ${name}`)),
      ...(bucket === null ? [] : [`backups in ${bucket.url}`]),
      ...(deployment.store === "external" ? ["your Postgres, with everything in it"] : []),
      `namespace ${kubectl.access.namespace}, with the record of what was done`,
    ];
    return { outcome: removed ? "succeeded" : "unchanged", value: { removed, stays } };
  });
