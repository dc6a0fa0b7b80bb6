/** The chart as one file, and the way of it into a registry. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { CHART_FOLDER } from "../chart/write.ts";
import { CHARTS } from "./images.ts";

const flagsOf = (plainHttp: boolean): string[] => (plainHttp ? ["--plain-http"] : []);

/** Packs the chart of a deployment, or of this program, into a folder that is empty; its path. */
export const packChart = async (helm: Helm, deployment: Deployment | null, folder: string, plainHttp: boolean): Promise<string> => {
  const { chart, version } = deployment?.release ?? { chart: "", version: "" };
  if (chart.startsWith("oci://"))
    await helm.good(`fetch ${chart}`, [
      "pull",
      chart,
      ...(version === "" ? [] : ["--version", version]),
      "--destination",
      folder,
      ...flagsOf(plainHttp),
    ]);
  else await helm.good("pack the chart", ["package", chart === "" ? CHART_FOLDER : chart, "--destination", folder]);
  const [file] = await readdir(folder);
  if (file === undefined) throw userError("TOOL_FAILED", "helm", "pack the chart", "it wrote no file");
  return join(folder, file);
};

/** Name and version as helm writes them into the file's name: what follows the last hyphen before a number. */
export const chartNameOf = (file: string): { name: string; version: string } => {
  const [, name = "", version = ""] = /^(.+?)-(\d.*)\.tgz$/.exec(file) ?? [];
  return { name, version };
};

/** Puts it below `charts` in a registry, and answers the digest that helm says it has there. */
export const pushChart = async (helm: Helm, file: string, registry: string, plainHttp: boolean): Promise<string> => {
  const { stdout, stderr } = await helm.good(`push the chart to ${registry}`, [
    "push",
    file,
    `oci://${registry}/${CHARTS}`,
    ...flagsOf(plainHttp),
  ]);
  return /Digest: (sha256:[a-f0-9]{64})/.exec(`${stdout}\n${stderr}`)?.[1] ?? "";
};
