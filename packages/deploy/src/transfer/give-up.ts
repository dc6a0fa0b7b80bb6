/** A move, at its end, on the side that was left: what is still there is looked at, and left lying or destroyed, as was agreed. */
import { userError } from "@touchstone/core/errors";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import type { Helm } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { backupBucketOf } from "../deployment/backup-bucket.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { deploymentsOf, isStopped } from "./workloads.ts";

export type OldPlace = { deployment: Deployment; kubectl: Kubectl; helm: Helm };

const secretNames = ({ secrets }: Deployment): string[] => [secrets.keys, secrets.dataplanes, secrets.store];

/** The new place has the same name, often the same namespace; only the old one was stopped. Gone already, it is none of both. Throws OLD_PLACE_RUNS. */
const requireStopped = async ({ deployment, kubectl }: Omit<OldPlace, "helm">): Promise<void> => {
  const running = (await deploymentsOf(kubectl, deployment.name)).find((object) => !isStopped([object]));
  if (running !== undefined) throw userError("OLD_PLACE_RUNS", deployment.name, kubectl.access.namespace, running.metadata.name);
};

/** Takes the release away, its Secrets, and its backups. Throws OLD_PLACE_RUNS before anything is. The database, a bucket and the cloud are not Kubernetes' to destroy: they are told. */
export const destroy = async (
  { deployment, kubectl, helm }: OldPlace,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  await requireStopped({ deployment, kubectl });
  if ((await helm.status(deployment.name)) !== null) {
    tell(`the release ${deployment.name} is uninstalled`);
    await helm.good("uninstall the release", ["uninstall", deployment.name, "--wait"], { signal });
  }
  for (const name of secretNames(deployment)) {
    signal.throwIfAborted();
    tell(`Secret ${name} is deleted`);
    await kubectl.remove("secret", name);
  }
  const claims = await kubectl.list("persistentvolumeclaims", { selector: `app.kubernetes.io/instance=${deployment.name}` });
  for (const { metadata } of claims) {
    signal.throwIfAborted();
    tell(`volume ${metadata.name} is deleted`);
    await kubectl.remove("persistentvolumeclaim", metadata.name);
  }
};

/** What is left of the old place. Anything that runs there is a problem; what lies there is noted. */
export const oldPlaceFindings = async ({ deployment, kubectl }: Omit<OldPlace, "helm">): Promise<Finding[]> => {
  const workloads = await deploymentsOf(kubectl, deployment.name);
  const there = await Promise.all(
    secretNames(deployment).map(async (name) => ((await kubectl.get("secret", name)) === null ? null : name)),
  );
  const left = there.filter((name) => name !== null);
  const bucket = backupBucketOf(deployment);
  return [
    isStopped(workloads)
      ? ok("old place", workloads.length === 0 ? "nothing of it is there any more" : "it is there and stopped: no pod runs")
      : problem(
          "old place",
          "it runs",
          "to be stopped",
          "touchstone deploy transfer export stops it; who started it again has two deployments now",
        ),
    left.length === 0
      ? ok("old secrets", "none is left in the old namespace")
      : note(
          "old secrets",
          `left lying: ${left.join(", ")}`,
          "to be destroyed, unless it was agreed that they stay",
          "touchstone deploy transfer revoke --destroy",
        ),
    ...(bucket === null
      ? []
      : [
          note(
            "old backups",
            `${bucket.url} was not looked into`,
            "to be destroyed, unless it was agreed that they stay",
            "delete them there, with the versions that the bucket keeps",
          ),
        ]),
  ];
};
