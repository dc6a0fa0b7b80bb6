/** The steps of a deployment, really done: the infrastructure by Terraform or not at all, the release by helm. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { userError } from "@touchstone/core/errors";
import type { Finding } from "@touchstone/core/model/finding";
import { openHelm } from "../cluster/helm.ts";
import { openKubectl } from "../cluster/kubectl.ts";
import { CHART_FOLDER } from "../chart/write.ts";
import { backupBucketOf } from "../deployment/backup-bucket.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { applyAddons, kubeconfigOf, writeKubeconfig } from "../infra/addons.ts";
import { planText, takesAway } from "../infra/changes.ts";
import { openExistingCluster } from "../infra/existing-cluster.ts";
import type { InfraDriver, InfraSite, OpenInfra } from "../infra/infra.ts";
import { NO_OUTPUTS } from "../infra/outputs.ts";
import { openCloud } from "../infra/terraform.ts";
import { withOutputs } from "../infra/values.ts";
import { preflight } from "../preflight/preflight.ts";
import { backupCronJob } from "../release/backup.ts";
import { chartWord, withVersion } from "../release/chart.ts";
import { install } from "../release/install.ts";
import type { Site } from "../release/site.ts";
import { statusOf } from "../release/status.ts";
import { uninstall } from "../release/uninstall.ts";
import { upgrade } from "../release/upgrade.ts";
import { destroy } from "../transfer/give-up.ts";
import { withLock } from "../cluster/lock.ts";
import { withVerifiedChart } from "../release/verified-chart.ts";
import { verify } from "../release/verify.ts";
import { backUpNow } from "./backup-now.ts";
import { requireBackup } from "./backups.ts";
import { copyOut } from "./copy-out.ts";
import type { FleetDriver, OpenDriver, Task } from "./driver.ts";
import { accessOf, keepOutputs, outputsIn } from "./reach.ts";

const infraSite = ({ deployment, folder, tell, signal }: Task, env: NodeJS.ProcessEnv): InfraSite => ({
  deployment,
  folder: join(folder, "infra"),
  env,
  tell,
  signal,
});

const openUsual: OpenInfra = (site) => (site.deployment.cloud === undefined ? openExistingCluster(site) : openCloud(site));

/** The deployment at the version that is wanted. A chart in a folder or an archive is of one version. Throws OPTION_INVALID. */
export const atVersion = (deployment: Deployment, wanted: string | null): Deployment => {
  const { chart } = deployment.release;
  if (wanted === null) return deployment;
  if (chart.startsWith("oci://")) return withVersion(deployment, wanted);
  const file = join(chart === "" ? CHART_FOLDER : chart, "Chart.yaml");
  const version: unknown = existsSync(file) ? Reflect.get(Object(parse(readFileSync(file, "utf8"))), "version") : null;
  if (version !== wanted)
    throw userError(
      "OPTION_INVALID",
      "--to",
      `the chart of ${deployment.name} is ${chartWord(chart)}${typeof version === "string" ? `, of version ${version}` : ", which has one version"}: only one from a registry (oci://…) can be had in another`,
    );
  return deployment;
};

/** As Helm names a chart and its version. */
const versionIn = (chart: string): string => chart.replace(/^.*?-(?=\d)/, "");

type Reach = { env: NodeJS.ProcessEnv; kubeconfig: string | null };

/** What brings a chart is done at the version that is wanted; what looks, saves or takes away asks for none, and is not kept from it by a chart that is gone. */
type Brings = "chart" | "nothing";

const onSite = async <T>(task: Task, brings: Brings, { env, kubeconfig }: Reach, work: (site: Site) => Promise<T>): Promise<T> => {
  const access = accessOf(task, kubeconfig);
  const described = brings === "chart" ? atVersion(task.deployment, task.wanted) : task.deployment;
  const deployment = withOutputs(described, outputsIn(task.folder));
  const kubectl = openKubectl(access, env);
  const helm = await openHelm(access, env);
  try {
    return await work({ deployment, kubectl, helm, tell: task.tell, signal: task.signal });
  } finally {
    await helm.close();
  }
};

const runs = async (site: Site): Promise<{ runs?: string }> => {
  const { release } = await statusOf(site);
  return release === null ? {} : { runs: versionIn(release.chart) };
};

/** A fleet makes and changes; what would take something away is planned and carried out by people, who read the plan. */
const provision = async (site: InfraSite, infra: InfraDriver): Promise<string> => {
  const plan = await infra.plan();
  const lost = plan.changes.find(takesAway);
  if (lost !== undefined)
    throw userError(
      "PLAN_DESTRUCTIVE",
      site.deployment.name,
      `${lost.address} would be taken away: touchstone deploy infra plan shows all of it`,
    );
  const outputs = plan.changes.length === 0 ? ((await infra.outputs()) ?? NO_OUTPUTS) : await infra.apply(plan.id);
  if (site.deployment.cloud !== undefined) keepOutputs(site.folder, outputs);
  return site.deployment.cloud === undefined ? "the cluster is there" : planText(plan).trimEnd().replaceAll("\n", "; ");
};

const configure = async (task: Task, env: NodeJS.ProcessEnv): Promise<string> => {
  if (task.deployment.cloud === undefined) return "nothing is made in the cluster beforehand";
  const site = infraSite(task, env);
  const outputs = outputsIn(task.folder);
  await applyAddons(site, outputs, await writeKubeconfig(site, outputs, task.deployment.cluster.namespace));
  return "namespace and storage classes are there";
};

const deprovision = async (site: InfraSite, infra: InfraDriver): Promise<string> => {
  if (site.deployment.cloud === undefined) return "the cluster stays";
  const plan = await infra.plan("destroy");
  if (plan.changes.length > 0) await infra.destroy(plan.id);
  return planText(plan).trimEnd().replaceAll("\n", "; ");
};

/** Days may have gone by since it was made. */
const requireCopy = async ({ backup, folder, deployment }: Task): Promise<void> => {
  if (backup !== null) await requireBackup(folder, deployment, backup);
};

/** The driver of members, with the tools that `env` names; `look` measures a cluster before anything is changed in it, `openInfra` makes what is below it. */
export const openSiteDriver =
  (env: NodeJS.ProcessEnv, look: (site: Site) => Promise<Finding[]> = preflight, openInfra: OpenInfra = openUsual): OpenDriver =>
  ({ kubeconfig }): FleetDriver => {
    const reach: Reach = { env, kubeconfig };
    const looked = (findings: readonly { state: string }[]): string => `${findings.length} looked at`;
    return {
      preflight: (task) =>
        // A cluster that is still to be made cannot be looked at.
        task.deployment.cloud !== undefined && !existsSync(kubeconfigOf(join(task.folder, "infra")))
          ? Promise.resolve({ said: "the cluster is still to be made: it is looked at before the installation" })
          : onSite(task, "chart", reach, async (site) => {
              // What is started to look from inside is what the chart says.
              const findings = await withVerifiedChart(site, look);
              return { said: looked(findings), findings };
            }),
      provision: async (task) => {
        const site = infraSite(task, env);
        return { said: await provision(site, openInfra(site)) };
      },
      configure: async (task) => ({ said: await configure(task, env) }),
      // Looked at once more: a cluster in a cloud is there only now, and the namespace to look from inside.
      install: (task) =>
        onSite(task, "chart", reach, async (site) => {
          const { outcome, revision } = await install(site, { preflight: look, createSecrets: true });
          return { said: `${outcome}, revision ${revision}`, ...(await runs(site)) };
        }),
      upgrade: (task) =>
        onSite(task, "chart", reach, async (site) => {
          const backup = (await backupCronJob(site)) !== null;
          // A rollout names its version, as `--to` does.
          const { outcome, revision } = await upgrade(site, { preflight: look, backup, older: task.wanted !== null });
          return { said: `${outcome}, revision ${revision}`, ...(await runs(site)) };
        }),
      verify: (task) =>
        onSite(task, "nothing", reach, async (site) => {
          const findings = await verify(site);
          return { said: looked(findings), findings };
        }),
      "copy-out": (task) =>
        onSite(task, "nothing", reach, async (site) => {
          const { id, digest, bytes } = await copyOut(site, task.key, task.folder);
          site.tell(
            `what is sealed in it opens with Secret ${site.deployment.secrets.keys}, which is not in it: keep a copy of that apart`,
          );
          return { said: `${id}: ${bytes} bytes, ${digest}`, backup: id };
        }),
      backup: (task) =>
        onSite(task, "nothing", reach, async (site) => {
          const job = await backUpNow(site, task.key);
          return { said: `job ${job}`, backup: job };
        }),
      uninstall: (task) =>
        onSite(task, "nothing", reach, async (site) => {
          await requireCopy(task);
          const { stays } = await uninstall(site);
          return { said: `stays: ${stays.join(", ")}` };
        }),
      "give-up": (task) =>
        onSite(task, "nothing", reach, async ({ deployment, kubectl, helm, tell, signal }) => {
          await requireCopy(task);
          await withLock(kubectl, "fleet transfer destroy", signal, (held) => destroy({ deployment, kubectl, helm }, tell, held));
          const bucket = backupBucketOf(deployment);
          return { said: `release, Secrets and volumes are gone${bucket === null ? "" : `; backups in ${bucket.url} stay`}` };
        }),
      deprovision: async (task) => {
        await requireCopy(task);
        const site = infraSite(task, env);
        return { said: await deprovision(site, openInfra(site)) };
      },
    };
  };
