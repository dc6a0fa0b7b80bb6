/**
 * Back to a revision by helm, which compares it with the newest one and stops at an object that is in the cluster and not in that one
 * ("original object … not found", https://github.com/helm/helm/issues/1193): after an upgrade that left something out and failed before it
 * took that away, or where such an object is kept. So it is written into the newest revision first, where helm then finds it. Nothing is
 * deleted, and nothing struck: who is killed here leaves the release as it was.
 */
import { stringify } from "yaml";
import type { Revision } from "../cluster/helm.ts";
import type { Ended } from "../cluster/program.ts";
import { manifestsOf, titleOf, type Manifest } from "../kubernetes/manifest.ts";
import { keyOf } from "./changes.ts";
import { releaseText } from "./diff.ts";
import { rollbackArguments } from "./helm-arguments.ts";
import { readKept, stopIfAsked, writeManifest } from "./kept-revision.ts";
import type { Site } from "./site.ts";

/** A kind as kubectl takes it, whoever else has one of that name. */
const kindOf = ({ apiVersion, kind }: Manifest): string =>
  apiVersion.includes("/") ? `${kind.toLowerCase()}.${apiVersion.split("/")[0] ?? ""}` : kind.toLowerCase();

const namespaceOf = ({ kubectl }: Site, { metadata }: Manifest): string => metadata.namespace ?? kubectl.access.namespace;

/** Which object it is, also among those of other namespaces. */
const placeOf = (site: Site, object: Manifest): string => `${namespaceOf(site, object)}/${keyOf(object)}`;

/** Those of the one that are not in the other. */
const leftOut = (site: Site, objects: readonly Manifest[], others: readonly Manifest[]): Manifest[] => {
  const there = new Set(others.map((object) => placeOf(site, object)));
  return objects.filter((object) => !there.has(placeOf(site, object)));
};

/** By helm's own marks. What is somebody else's is for helm to stop at. */
const isOurs = ({ deployment, kubectl }: Site, { metadata: { annotations } }: Manifest): boolean =>
  annotations?.["meta.helm.sh/release-name"] === deployment.name &&
  annotations["meta.helm.sh/release-namespace"] === kubectl.access.namespace;

/** Those that are in the cluster, are the release's, and do not go already. */
const stillThere = async (site: Site, objects: readonly Manifest[]): Promise<Manifest[]> => {
  const found = await Promise.all(
    objects.map((object) => site.kubectl.get(kindOf(object), object.metadata.name, namespaceOf(site, object))),
  );
  return objects.filter((_, at) => {
    const live = found[at] ?? null;
    return live !== null && isOurs(site, live) && live.metadata["deletionTimestamp"] === undefined;
  });
};

/** Each as the last revision before had it: so it was applied, and helm tells from that what has to change. */
const asApplied = async (site: Site, objects: readonly Manifest[], before: readonly Revision[]): Promise<Manifest[]> => {
  const found = new Map<string, Manifest>();
  for (const { revision } of before.toReversed()) {
    if (objects.every((object) => found.has(placeOf(site, object)))) break;
    for (const object of manifestsOf(await releaseText(site, revision)))
      if (!found.has(placeOf(site, object))) found.set(placeOf(site, object), object);
  }
  return objects.map((object) => found.get(placeOf(site, object)) ?? object);
};

/** As helm reads it: YAML 1.1. */
const documentOf = (object: Manifest): string => `---\n${stringify(object, { version: "1.1" })}`;

/** Sees to it that helm finds its way from the newest revision. What is done twice is as if it were done once. */
export const clearWay = async (site: Site, to: number): Promise<void> => {
  const revisions = await site.helm.history(site.deployment.name);
  const newest = revisions.at(-1)?.revision;
  if (newest === undefined || newest === to) return;
  const kept = await readKept(site, newest);
  if (kept === null) return;
  const { manifest } = kept.revision;
  const stranded = await stillThere(site, leftOut(site, manifestsOf(await releaseText(site, to)), manifestsOf(manifest)));
  if (stranded.length === 0) return;
  const between = revisions.filter(({ revision }) => revision >= to && revision < newest);
  const added = await asApplied(site, stranded, between);
  const titles = stranded.map(titleOf).join(", ");
  site.tell(`revision ${newest} left out ${titles}, still there: noted in it in helm's history, for helm finds no way back otherwise`);
  await writeManifest(site, kept, [manifest.trimEnd(), ...added.map(documentOf)].join("\n"));
};

export type WayBack = { to: number; seconds: number; takesFields: boolean };

/** Runs helm's rollback, whose way was cleared. Does not throw on its status. Throws ABORTED, TOOL_FAILED and others before it. */
export const runRollback = async (site: Site, { to, seconds, takesFields }: WayBack): Promise<Ended> => {
  await clearWay(site, to);
  stopIfAsked(site);
  return site.helm.run(rollbackArguments(site.helm, site.deployment.name, to, seconds, takesFields), { signal: site.signal });
};
