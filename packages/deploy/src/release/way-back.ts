/**
 * Back to a revision by helm, which compares it with the newest one and stops at an object that is in the cluster and not in that one
 * ("original object … not found", https://github.com/helm/helm/issues/1193): after an upgrade that left something out and failed before it
 * took that away, or where such an object is kept. So it is seen to first that there is none.
 */
import type { Revision } from "../cluster/helm.ts";
import type { Ended } from "../cluster/program.ts";
import { manifestsOf, titleOf, type Manifest } from "../kubernetes/manifest.ts";
import { isKept, keyOf } from "./changes.ts";
import { releaseText } from "./diff.ts";
import { rollbackArguments } from "./helm-arguments.ts";
import type { Site } from "./site.ts";

/** A kind as kubectl takes it, whoever else has one of that name. */
const kindOf = ({ apiVersion, kind }: Manifest): string =>
  apiVersion.includes("/") ? `${kind.toLowerCase()}.${apiVersion.split("/")[0] ?? ""}` : kind.toLowerCase();

/** Those of the one that are not in the other. */
const leftOut = (objects: readonly Manifest[], others: readonly Manifest[]): Manifest[] => {
  const there = new Set(others.map(keyOf));
  return objects.filter((object) => !there.has(keyOf(object)));
};

/** Strikes a revision from helm's history, as helm keeps it: a Secret of its own. */
export const forget = ({ kubectl, deployment: { name } }: Site, revision: number): Promise<void> =>
  kubectl.remove("secret", `sh.helm.release.v1.${name}.v${revision}`);

const liveOf = async ({ kubectl }: Site, objects: readonly Manifest[]): Promise<Manifest[]> => {
  const found = await Promise.all(objects.map((object) => kubectl.get(kindOf(object), object.metadata.name)));
  return objects.filter((_, at) => found[at] !== null);
};

/** Takes away what a revision made and the other does not have, as helm would on its way. */
const removeLeft = async ({ kubectl }: Site, objects: readonly Manifest[]): Promise<void> => {
  for (const object of objects.filter((one) => !isKept(one))) await kubectl.remove(kindOf(object), object.metadata.name);
};

/** Sees to it that helm finds its way from the newest revision. What is done twice is as if it were done once. */
const clearWay = async (site: Site, to: number): Promise<void> => {
  const newest: Revision | undefined = (await site.helm.history(site.deployment.name)).at(-1);
  if (newest === undefined || newest.revision === to) return;
  const [now, then] = (await Promise.all([releaseText(site, newest.revision), releaseText(site, to)])).map(manifestsOf);
  if (now === undefined || then === undefined) return;
  const stranded = await liveOf(site, leftOut(then, now));
  // A task is done again by the one that is made anew, and costs nothing.
  const others = stranded.filter(({ kind }) => kind !== "Job");
  if (others.length === 0) return removeLeft(site, stranded);
  const titles = others.map(titleOf).join(", ");
  site.tell(
    `revision ${newest.revision} is struck from helm's history: it left out ${titles}, still there, and helm finds no way back from it`,
  );
  await removeLeft(site, leftOut(now, then));
  await forget(site, newest.revision);
  await clearWay(site, to);
};

export type WayBack = { to: number; seconds: number; takesFields: boolean };

/** Runs helm's rollback, whose way was cleared. Does not throw on its status. */
export const runRollback = async (site: Site, { to, seconds, takesFields }: WayBack): Promise<Ended> => {
  await clearWay(site, to);
  return site.helm.run(rollbackArguments(site.helm, site.deployment.name, to, seconds, takesFields), { signal: site.signal });
};
