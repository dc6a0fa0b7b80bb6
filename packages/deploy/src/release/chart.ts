/** Where the chart of a deployment is. */
import { userError } from "@touchstone/core/errors";
import { CHART_FOLDER } from "../chart/write.ts";
import type { Deployment } from "../deployment/deployment.ts";

/** The chart as arguments of helm: the one that comes with this program, a folder, or an address of a registry with its version. */
export const chartOf = ({ release: { chart, version } }: Deployment): string[] => [
  chart === "" ? CHART_FOLDER : chart,
  ...(version === "" ? [] : ["--version", version]),
];

/** A deployment at another version of its chart. Throws OPTION_INVALID where only one version can be had: a folder is of one. */
export const withVersion = (deployment: Deployment, version: string): Deployment => {
  const { chart } = deployment.release;
  if (!chart.startsWith("oci://"))
    throw userError(
      "OPTION_INVALID",
      "--to",
      `versions are those of a registry, and release.chart is ${chart === "" ? "the chart that comes with this program" : `the folder ${chart}`}`,
    );
  return { ...deployment, release: { ...deployment.release, version } };
};
