/** Where the chart of a deployment is. */
import { CHART_FOLDER } from "../chart/write.ts";
import type { Deployment } from "../deployment/deployment.ts";

/** The chart as arguments of helm: the one that comes with this program, a folder, or an address of a registry with its version. */
export const chartOf = ({ release: { chart, version } }: Deployment): string[] => [
  chart === "" ? CHART_FOLDER : chart,
  ...(version === "" ? [] : ["--version", version]),
];
