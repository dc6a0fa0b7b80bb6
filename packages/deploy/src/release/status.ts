/** How a deployment is: the release, its workloads, who is changing it, and what was done last. Only asks. */
import { lockHolder } from "../cluster/lock.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { updaterState, type UpdaterState } from "../updater/keeping.ts";
import { cutOff, readRecord, type Operation } from "./record.ts";
import { lastGood } from "./revisions.ts";
import type { Site } from "./site.ts";
import { workloadsOf, type Workload } from "./workloads.ts";

export type DeploymentStatus = {
  name: string;
  namespace: string;
  url: string;
  /** Null: nothing is installed. */
  release: { revision: number; status: string; chart: string; appVersion: string; updated: string; description: string } | null;
  /** The revision that ran well last, where it is another than the newest. */
  lastGood: number | null;
  workloads: Workload[];
  lock: { holder: string; until: string } | null;
  /** The last operation; `killed` when it never ended and nobody is at it. */
  operation: Operation | null;
  /** Pushed upgrades: whether they are allowed, what was seen and done. Null where nobody asked for any and none was looked for. */
  updater: UpdaterState | null;
  /** The release is whole and every workload is ready. */
  isReady: boolean;
};

/** Pure: whether there is anything to say about pushed upgrades. */
export const updaterOf = ({ upgrades }: Pick<Deployment, "upgrades">, state: UpdaterState): UpdaterState | null =>
  upgrades === "none" && !state.isAllowed && state.record.condition === null ? null : state;

export const statusOf = async ({ deployment, kubectl, helm }: Site): Promise<DeploymentStatus> => {
  const { name, fqdn } = deployment;
  const [revisions, workloads, holder, record, updater] = await Promise.all([
    helm.history(name),
    workloadsOf(kubectl, name),
    lockHolder(kubectl),
    readRecord(kubectl),
    updaterState(kubectl),
  ]);
  const newest = revisions.at(-1);
  const good = lastGood(revisions);
  const last = record.operations.at(-1) ?? null;
  return {
    name,
    namespace: kubectl.access.namespace,
    url: `https://${fqdn}`,
    release:
      newest === undefined
        ? null
        : {
            revision: newest.revision,
            status: newest.status,
            chart: newest.chart,
            appVersion: newest.app_version,
            updated: newest.updated,
            description: newest.description,
          },
    lastGood: good === null || good === newest ? null : good.revision,
    workloads,
    lock: holder === null ? null : { holder: holder.holder, until: holder.until.toISOString() },
    operation: last !== null && holder === null && cutOff(record) !== null ? { ...last, outcome: "killed" } : last,
    updater: updaterOf(deployment, updater),
    isReady: newest?.status === "deployed" && workloads.length > 0 && workloads.every(({ isReady }) => isReady),
  };
};
