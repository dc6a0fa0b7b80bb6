/** What an upgrade would change: what is rendered beside what the release says, and where the cluster is not as the release says. */
import type { Revision } from "../cluster/helm.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { manifestsOf, titleOf, type Manifest } from "../kubernetes/manifest.ts";
import { changesBetween, countsOf, sameIn, type Change, type Counts } from "./changes.ts";
import { chartOf } from "./chart.ts";
import type { Conflict } from "./conflicts.ts";
import { conflictsOf, marked, NOTHING_TRIED, tryOut, type Tried } from "./dry-run.ts";
import { chartFacts, hasOwners, type ChartFacts } from "./metadata.ts";
import { lastGood, pointOf } from "./revisions.ts";
import type { Point } from "./record.ts";
import type { Site } from "./site.ts";
import { withVerifiedChart } from "./verified-chart.ts";

export type Drift = { object: string; change: "changed" | "missing"; patch: string };

export type DeploymentDiff = {
  /** What runs; null when nothing is installed. */
  from: Point | null;
  to: { chart: string; appVersion: string };
  /** Rendered beside the release. */
  changes: Change[];
  counts: Counts;
  /** The cluster beside the release: from what is there to what the release says. Hooks are in neither. */
  drift: Drift[];
  /** Why the cluster could not be asked; null when it was. */
  driftUnseen: string | null;
  /** Fields that an upgrade would set and somebody else owns. */
  conflicts: Conflict[];
};

/** What an act needs to know beyond what people read. */
export type Plan = { diff: DeploymentDiff; facts: ChartFacts; rendered: Manifest[] };

export const isSame = ({ changes, drift }: DeploymentDiff): boolean => changes.length === 0 && drift.length === 0;

const renderedText = async ({ helm, deployment, signal }: Site): Promise<string> => {
  // The cluster is asked for its version and its kinds, on which the chart depends.
  const args = ["template", deployment.name, ...chartOf(deployment), "--dry-run=server", "--no-hooks", "--is-upgrade"];
  return (await helm.good("render the chart", args, { values: chartValuesOf(deployment), signal })).stdout;
};

/** The manifest of a revision, as helm keeps it. Hooks are not in it. */
export const releaseText = async ({ helm, deployment: { name }, signal }: Site, revision: number): Promise<string> =>
  (await helm.good("read the release", ["get", "manifest", name, "--revision", String(revision)], { signal })).stdout;

const driftOf = ({ differing, missing }: Tried): Drift[] => [
  ...differing.map(({ live, patch }): Drift => ({ object: titleOf(live), change: "changed", patch })),
  ...missing.map((object): Drift => ({ object, change: "missing", patch: "" })),
];

/** What the cluster says to both: to what the release says, and to what is to come, where that is something else. */
const askCluster = async (site: Site, revision: number | null, released: readonly Manifest[], rendered: readonly Manifest[]) => {
  const { kubectl, deployment } = site;
  if (revision === null) return { tried: NOTHING_TRIED, unseen: null, conflicts: [] };
  const asSent = (objects: readonly Manifest[]) => objects.map((object) => marked(object, deployment.name, kubectl.access.namespace));
  const sent = asSent(rendered);
  const tried = await tryOut(kubectl, asSent(released));
  const isOther = tried.unseen === null && changesBetween(released, rendered).length > 0;
  const wanted = isOther ? await tryOut(kubectl, sent) : tried;
  const conflicts = await conflictsOf(
    kubectl,
    sameIn(
      sent,
      wanted.differing.map(({ after }) => after),
    ),
  );
  return { tried, unseen: wanted.unseen, conflicts: conflicts.length > 0 && (await hasOwners(site, revision)) ? conflicts : [] };
};

/** Compares. `helm` and the cluster are asked, and nothing is changed. */
export const planOf = async (site: Site, revisions: readonly Revision[]): Promise<Plan> => {
  const good = lastGood(revisions);
  const [facts, text, before] = await Promise.all([
    chartFacts(site),
    renderedText(site),
    good === null ? "" : releaseText(site, good.revision),
  ]);
  const [rendered, released] = [manifestsOf(text), manifestsOf(before)];
  const { tried, unseen, conflicts } = await askCluster(site, good?.revision ?? null, released, rendered);
  const changes = changesBetween(released, rendered);
  return {
    facts,
    rendered,
    diff: {
      from: good === null ? null : pointOf(good),
      to: { chart: facts.title, appVersion: facts.appVersion },
      changes,
      counts: countsOf(changes),
      drift: driftOf(tried),
      driftUnseen: unseen,
      conflicts,
    },
  };
};

/** What an upgrade would change; all of it, where nothing is installed. */
export const diffOf = (given: Site): Promise<DeploymentDiff> =>
  withVerifiedChart(given, async (site) => (await planOf(site, await site.helm.history(site.deployment.name))).diff);
