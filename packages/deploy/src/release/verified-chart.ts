/**
 * The chart of a deployment that says whose signature counts (`release.signers`): brought once, verified, and used from then on. What is
 * compared, shown and installed is that one file, whatever the registry says of its version a moment later.
 */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import { copyArchive, pullArchive } from "../supply/chart-archive.ts";
import { verifyChart } from "../supply/provenance.ts";
import { chartOf } from "./chart.ts";
import type { Site } from "./site.ts";

type Reached = Pick<Site, "deployment" | "helm" | "tell" | "signal">;

/** The archive in a folder of ours, with its provenance where there is one. */
const brought = async ({ helm, deployment, signal }: Reached, folder: string): Promise<string> => {
  const { chart } = deployment.release;
  if (chart.startsWith("oci://")) return pullArchive(helm, chartOf(deployment), folder, { signal });
  const found = await stat(chart).catch(() => null);
  if (found === null || !found.isFile())
    throw userError(
      "CHART_UNSIGNED",
      chart,
      found === null ? "there is no such file" : "it is a folder, and only an archive can be signed",
    );
  return copyArchive(chart, folder);
};

const withChart = (deployment: Deployment, chart: string): Deployment => {
  const { signers: _, ...release } = deployment.release;
  return { ...deployment, release: { ...release, chart, version: "" } };
};

/** Does `work` with the verified chart, and removes it. Throws CHART_UNSIGNED, CHART_UNVERIFIED, KEY_INVALID, TOOL_FAILED. Where no signers are named, nothing is looked at. */
export const withVerifiedChart = async <R extends Reached, T>(reached: R, work: (reached: R) => Promise<T>): Promise<T> => {
  const { deployment, helm, tell } = reached;
  const { signers, chart, version } = deployment.release;
  if (signers === undefined) return work(reached);
  const folder = await mkdtemp(join(tmpdir(), "touchstone-signed-chart-"));
  try {
    const archive = await brought(reached, folder);
    const who = await verifyChart(helm, archive, signers, version === "" ? chart : `${chart}, version ${version}`);
    tell(`the chart ${basename(archive, ".tgz")} is signed by ${who}`);
    return await work({ ...reached, deployment: withChart(deployment, archive) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
