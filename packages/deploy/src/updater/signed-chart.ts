/** The chart of a release, brought here and compared with what was signed before anything reads it. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { helmReason } from "../cluster/helm.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { sha256Of } from "../deployment/digest.ts";
import { chartFacts } from "../release/metadata.ts";
import type { Site } from "../release/site.ts";
import { transportOf } from "../supply/chart-archive.ts";
import type { Release } from "../supply/release.ts";
import { download } from "./download.ts";

/** The chart has some 40 kilobytes. */
const BYTES_MAX = 8 * 2 ** 20;
const OCI = "oci://";

/** Where a chart is for this deployment: with a mirror, behind the mirror's name, as images are (`touchstone.image` in the chart). */
export const chartAddress = (address: string, imageRegistry: string): string => {
  if (imageRegistry === "" || !address.startsWith(OCI)) return address;
  const [, ...path] = address.slice(OCI.length).split("/");
  return `${OCI}${imageRegistry.replace(/\/$/, "")}/${path.join("/")}`;
};

const pull = async ({ helm, signal }: Site, address: string, version: string, folder: string): Promise<Buffer> => {
  const ended = await helm.run(["pull", address, "--version", version, "--destination", folder, ...transportOf(address)], { signal });
  const [file] = ended.status === 0 ? await readdir(folder) : [];
  if (file === undefined) throw userError("DOCUMENT_UNREADABLE", address, ended.status === 0 ? "helm brought nothing" : helmReason(ended));
  return readFile(join(folder, file));
};

/** The deployment as a release makes it: its chart, its images. Whose signature counts is the permit's to say: the release has the chart's digest. */
export const released = (deployment: Deployment, { images }: Release, chart: string): Deployment => {
  const { signers: _, ...release } = deployment.release;
  return { ...deployment, release: { ...release, chart, version: "", digests: images } };
};

/**
 * The deployment at a release, with its chart in `folder`, an empty one. Throws DOCUMENT_UNREADABLE, CHART_ALTERED, and CHART_OTHERWISE
 * where the chart says something else than the release that names it.
 */
export const bringChart = async (site: Site, release: Release, folder: string): Promise<Deployment> => {
  const { product, chart, reversible } = release;
  const address = chartAddress(chart.address, site.deployment.release.imageRegistry);
  const archive = address.startsWith(OCI) ? await pull(site, address, product, folder) : await download(address, BYTES_MAX, site.signal);
  const digest = sha256Of(archive);
  if (digest !== chart.digest) throw userError("CHART_ALTERED", address, chart.digest, digest);
  const file = join(folder, "signed.tgz");
  await writeFile(file, archive);
  const deployment = released(site.deployment, release, file);
  const facts = await chartFacts({ ...site, deployment });
  if (facts.version !== product || facts.appVersion !== product)
    throw userError(
      "CHART_OTHERWISE",
      address,
      `it is version ${facts.version} of the chart and ${facts.appVersion} of the product, not ${product}`,
    );
  if (facts.isReversible !== reversible)
    throw userError(
      "CHART_OTHERWISE",
      address,
      `it says that it ${facts.isReversible ? "can" : "cannot"} be rolled back, and the release says otherwise`,
    );
  return deployment;
};
