/** A first installation: namespace, Secrets, a look at the cluster, helm, and the check from inside. Run again, it goes on or says that all is there. */
import { userError } from "@touchstone/core/errors";
import type { Finding } from "@touchstone/core/model/finding";
import type { Revision } from "../cluster/helm.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { chartOf } from "./chart.ts";
import { ensureSecrets } from "./create-secrets.ts";
import { planOf } from "./diff.ts";
import { TIMEOUT_SECONDS, upgradeArguments } from "./helm-arguments.ts";
import { ensureNamespace } from "./namespace.ts";
import { nextSteps } from "./next-steps.ts";
import { underLock, type Underway } from "./operation.ts";
import { lastGood } from "./revisions.ts";
import type { Site } from "./site.ts";
import { verifyImages } from "./verified-images.ts";
import { withVerifiedChart } from "./verified-chart.ts";
import { lookBefore, requireReady, stillUnready, testIt, whyFailed } from "./work.ts";

export type InstallOptions = {
  /** What looks at the cluster before; null: nobody does. */
  preflight: ((site: Site) => Promise<Finding[]>) | null;
  /** Makes the keys and the tokens of dataplanes that are missing. The store's URL is never made. */
  createSecrets?: boolean;
  timeoutSeconds?: number;
};

export type InstallResult = {
  outcome: "installed" | "unchanged";
  revision: number;
  /** What a person does next, one line each. */
  next: string[];
};

/** What there is to say when something is installed already. Throws DEPLOY_INSTALLED_OTHERWISE. */
const installedAlready = async (underway: Underway, { revision }: Revision): Promise<InstallResult> => {
  const { site, say, recovered, revisions } = underway;
  const { name } = site.deployment;
  const newest = revisions.at(-1);
  if (newest !== undefined && newest.revision !== revision)
    throw userError("DEPLOY_INSTALLED_OTHERWISE", name, `revision ${newest.revision} is ${newest.status}; ${revision} ran well last`);
  const { diff, rendered } = await planOf(site, revisions);
  const { length } = diff.changes;
  if (length > 0)
    throw userError(
      "DEPLOY_INSTALLED_OTHERWISE",
      name,
      `${length} object${length === 1 ? " differs" : "s differ"} from revision ${revision}`,
    );
  await requireReady(site, "installed");
  if (recovered.did === "note") await testIt(underway);
  say("nothing", `nothing to do: ${name} is installed as the deployment describes it, revision ${revision}`);
  return { outcome: "unchanged", revision, next: nextSteps(site.deployment, site.kubectl.access.namespace, rendered) };
};

const installNow = async (underway: Underway, { preflight, createSecrets, timeoutSeconds }: InstallOptions): Promise<InstallResult> => {
  const { site, step, say } = underway;
  const { helm, deployment, kubectl, signal } = site;
  await ensureSecrets(site, createSecrets ?? false);
  await lookBefore(underway, preflight);
  const { facts, rendered } = await planOf(site, underway.revisions);
  await step("helm", `installing ${facts.title} as ${deployment.name}: the store first, then the pods; images are pulled meanwhile`);
  const seconds = timeoutSeconds ?? TIMEOUT_SECONDS;
  const until = Date.now() + seconds * 1000;
  const args = upgradeArguments(helm, deployment.name, chartOf(deployment), { seconds, takesFields: false });
  const ended = await helm.run(args, { values: chartValuesOf(deployment), signal });
  const why = ended.status === 0 ? await stillUnready(site, until) : await whyFailed(site, ended);
  if (why !== null) throw userError("DEPLOY_FAILED", deployment.name, "installed", why);
  const revision = (await helm.history(deployment.name)).at(-1)?.revision ?? 1;
  underway.leadsTo({ revision, chart: facts.title, appVersion: facts.appVersion });
  await testIt(underway);
  say("done", `installed: https://${deployment.fqdn}`);
  return { outcome: "installed", revision, next: nextSteps(deployment, kubectl.access.namespace, rendered) };
};

export const install = (given: Site, options: InstallOptions): Promise<InstallResult> =>
  withVerifiedChart(given, async (site) => {
    await verifyImages(site);
    await ensureNamespace(site);
    return underLock(site, "install", async (underway) => {
      const there = lastGood(underway.revisions);
      const value = there === null ? await installNow(underway, options) : await installedAlready(underway, there);
      return { outcome: value.outcome === "installed" ? "succeeded" : "unchanged", value };
    });
  });
