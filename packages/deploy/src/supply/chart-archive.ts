/** The archive of a chart, brought into a folder that is empty, with its provenance where it has one. */
import { copyFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import { isLoopback, referenceOfImage } from "../registry/reference.ts";
import { provenanceFileOf } from "./provenance.ts";

/** The archive that helm has put there. Throws TOOL_FAILED. */
export const archiveIn = async (folder: string): Promise<string> => {
  const file = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (file === undefined) throw userError("TOOL_FAILED", "helm", "bring the chart", "there is no archive of it");
  return join(folder, file);
};

/** Registries on this machine have no certificate, and helm asks for one unless it is told. */
export const transportOf = (address: string): string[] => {
  const reference = referenceOfImage(address);
  return reference !== null && isLoopback(reference) ? ["--plain-http"] : [];
};

/** From a registry: `chart` as `chartOf` says it. */
export const pullArchive = async (
  helm: Pick<Helm, "good">,
  chart: readonly string[],
  folder: string,
  { flags = [], signal }: { flags?: readonly string[]; signal?: AbortSignal } = {},
): Promise<string> => {
  const options = signal === undefined ? {} : { signal };
  await helm.good(
    `fetch ${chart[0]}`,
    ["pull", ...chart, "--prov", "--destination", folder, ...new Set([...flags, ...transportOf(chart[0] ?? "")])],
    options,
  );
  return archiveIn(folder);
};

/** As it is: packed anew it would be another, which nobody has signed. */
export const copyArchive = async (archive: string, folder: string): Promise<string> => {
  const copy = join(folder, basename(archive));
  await copyFile(archive, copy);
  // One that cannot be read is as good as none.
  await copyFile(provenanceFileOf(archive), provenanceFileOf(copy)).catch(() => undefined);
  return copy;
};
