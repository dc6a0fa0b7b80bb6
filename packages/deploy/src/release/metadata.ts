/** What a chart says of itself: in a release, and before it is one. */
import { parse } from "yaml";
import { z } from "zod";
import { chartOf } from "./chart.ts";
import { ROLLBACK_ANNOTATION } from "./revisions.ts";
import type { Site } from "./site.ts";

const Annotations = z.record(z.string(), z.string()).nullish();
const Chart = z.looseObject({ name: z.string(), version: z.string(), appVersion: z.string().default(""), annotations: Annotations });
const InRelease = z.looseObject({ annotations: Annotations, applyMethod: z.string().optional() });

export type ChartFacts = { title: string; version: string; appVersion: string; isReversible: boolean };

const allowsRollback = (annotations: z.infer<typeof Annotations>): boolean => annotations?.[ROLLBACK_ANNOTATION] !== "false";

/** The chart of a deployment, as helm names it in a history: `touchstone-1.2.0`. */
export const chartFacts = async ({ helm, deployment, signal }: Site): Promise<ChartFacts> => {
  const { stdout } = await helm.good("read the chart", ["show", "chart", ...chartOf(deployment)], { signal });
  const { name, version, appVersion, annotations } = Chart.parse(parse(stdout));
  return { title: `${name}-${version}`, version, appVersion, isReversible: allowsRollback(annotations) };
};

const metadataOf = async ({ helm, deployment: { name } }: Site, revision: number): Promise<z.infer<typeof InRelease>> => {
  const { stdout } = await helm.good("read a revision", ["get", "metadata", name, "--revision", String(revision), "-o", "json"]);
  return InRelease.parse(JSON.parse(stdout));
};

/** Whether what a revision migrated can be read by the version before it. */
export const isReversible = async (site: Site, revision: number): Promise<boolean> =>
  allowsRollback((await metadataOf(site, revision)).annotations);

/** Whether fields of a revision have owners: helm 4 applies in the server, and keeps to the client for a release that helm 3 began. */
export const hasOwners = async (site: Site, revision: number): Promise<boolean> =>
  site.helm.major >= 4 && (await metadataOf(site, revision)).applyMethod === "ssa";
