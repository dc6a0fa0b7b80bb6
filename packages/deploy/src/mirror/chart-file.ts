/** The chart as one file, and the way of it into a registry. */
import { existsSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { CHART_FOLDER } from "../chart/write.ts";
import { provenanceFileOf, verifyChart } from "../supply/provenance.ts";
import { CHARTS } from "./images.ts";

const flagsOf = (plainHttp: boolean): string[] => (plainHttp ? ["--plain-http"] : []);

/** An archive goes as it is, with its provenance: packed anew it would be another, which nobody has signed. */
const copyArchive = async (archive: string, folder: string): Promise<void> => {
  for (const file of [archive, provenanceFileOf(archive)]) if (existsSync(file)) await copyFile(file, join(folder, basename(file)));
};

const bring = async (helm: Helm, deployment: Deployment | null, folder: string, plainHttp: boolean): Promise<void> => {
  const { chart, version } = deployment?.release ?? { chart: "", version: "" };
  const which = version === "" ? [] : ["--version", version];
  const into = ["--destination", folder];
  if (chart.startsWith("oci://")) await helm.good(`fetch ${chart}`, ["pull", chart, ...which, "--prov", ...into, ...flagsOf(plainHttp)]);
  else if (chart.endsWith(".tgz")) await copyArchive(chart, folder);
  else await helm.good("pack the chart", ["package", chart === "" ? CHART_FOLDER : chart, ...into]);
};

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
  await bring(helm, deployment, folder, plainHttp);
  const file = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (file === undefined) throw userError("TOOL_FAILED", "helm", "bring the chart", "there is no archive of it");
  return join(folder, file);
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
