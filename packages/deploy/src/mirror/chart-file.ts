/** The chart as one file, and the way of it into a registry. */
import { basename } from "node:path";
import type { Helm } from "../cluster/helm.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { CHART_FOLDER } from "../chart/write.ts";
import { chartOf } from "../release/chart.ts";
import { archiveIn, copyArchive, pullArchive } from "../supply/chart-archive.ts";
import { verifyChart } from "../supply/provenance.ts";
import { CHARTS } from "./images.ts";

const flagsOf = (plainHttp: boolean): string[] => (plainHttp ? ["--plain-http"] : []);

/** Verifies the chart, where the deployment says whose signature counts. Throws CHART_UNSIGNED, CHART_UNVERIFIED. */
export const checkSigners = async (
  helm: Helm,
  archive: string,
  deployment: Deployment | null,
  tell: (line: string) => void,
): Promise<void> => {
  const signers = deployment?.release.signers;
  if (signers === undefined) return;
  tell(`${basename(archive)} is signed by ${await verifyChart(helm, archive, signers)}`);
};

/** Brings the chart of a deployment, or of this program, into a folder that is empty, with its provenance where it has one; its path. */
export const packChart = async (helm: Helm, deployment: Deployment | null, folder: string, plainHttp: boolean): Promise<string> => {
  const [chart = CHART_FOLDER, ...version] = deployment === null ? [] : chartOf(deployment);
  if (chart.startsWith("oci://")) return pullArchive(helm, [chart, ...version], folder, { flags: flagsOf(plainHttp) });
  if (chart.endsWith(".tgz")) return copyArchive(chart, folder);
  await helm.good("pack the chart", ["package", chart, "--destination", folder]);
  return archiveIn(folder);
};

/** Name and version as helm writes them into the file's name: what follows the last hyphen before a number. */
export const chartNameOf = (file: string): { name: string; version: string } => {
  const [, name = "", version = ""] = /^(.+?)-(\d.*)\.tgz$/.exec(file) ?? [];
  return { name, version };
};

/** Puts it below `charts` in a registry, its provenance too where that lies beside it, and answers the digest that helm says it has there. */
export const pushChart = async (helm: Helm, file: string, registry: string, plainHttp: boolean): Promise<string> => {
  const { stdout, stderr } = await helm.good(`push the chart to ${registry}`, [
    "push",
    file,
    `oci://${registry}/${CHARTS}`,
    ...flagsOf(plainHttp),
  ]);
  return /Digest: (sha256:[a-f0-9]{64})/.exec(`${stdout}\n${stderr}`)?.[1] ?? "";
};
