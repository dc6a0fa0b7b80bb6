/** Where the chart of a deployment is. */
import { userError } from "@touchstone/core/errors";
import { CHART_FOLDER } from "../chart/write.ts";
import type { Deployment } from "../deployment/deployment.ts";

/** The chart as arguments of helm: the one that comes with this program, a folder, or an address of a registry with its version. */
export const chartOf = ({ release: { chart, version } }: Deployment): string[] => [
  chart === "" ? CHART_FOLDER : chart,
  ...(version === "" ? [] : ["--version", version]),
];

/** What the chart of a deployment is, in words, where it is of no registry. */
export const chartWord = (chart: string): string =>
  chart === "" ? "the chart that comes with this program" : chart.endsWith(".tgz") ? `the archive ${chart}` : `the folder ${chart}`;

/** A deployment at another version of its chart. Throws OPTION_INVALID where only one version can be had: a folder is of one, and so is an archive. */
export const withVersion = (deployment: Deployment, version: string): Deployment => {
  const { chart } = deployment.release;
  if (!chart.startsWith("oci://"))
    throw userError("OPTION_INVALID", "--to", `versions are those of a registry, and release.chart is ${chartWord(chart)}, which has one`);
  return { ...deployment, release: { ...deployment.release, version } };
};
