/**
 * What the cluster would make of objects, tried by a server-side apply that keeps nothing (dryRun=All), as helm 4 would do it: what
 * would change, and which fields are somebody else's. It needs the rights of the real thing; without them it says so.
 */
import { helmReason } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { Manifest, titleOf } from "../kubernetes/manifest.ts";
import { paired, patchOf } from "./changes.ts";
import { conflictsIn, isConflict, type Conflict } from "./conflicts.ts";

/** The name under which helm 4 owns fields. */
const HELM_MANAGER = "helm";

/** An object as helm sends it: with marks of the release it belongs to. */
export const marked = (object: Manifest, release: string, namespace: string): Manifest => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { ...object.metadata.labels, "app.kubernetes.io/managed-by": "Helm" },
    annotations: { ...object.metadata.annotations, "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace },
  },
});

export type Tried = {
  /** Objects that are there, and would not be what they are. */
  differing: { live: Manifest; after: Manifest; patch: string }[];
  /** Names of those that are not there. */
  missing: string[];
  /** Why it could not be tried; null when it was. */
  unseen: string | null;
};

export const NOTHING_TRIED: Tried = { differing: [], missing: [], unseen: null };

/** One object as such, several as a List, none as nothing. */
const objectsIn = (stdout: string): Manifest[] => {
  if (stdout.trim() === "") return [];
  const parsed: unknown = JSON.parse(stdout);
  const items: unknown = Reflect.get(Object(parsed), "items");
  return (Array.isArray(items) ? items : [parsed]).map((item) => Manifest.parse(item));
};

const APPLY = ["apply", "--server-side", "--dry-run=server", "--field-manager", HELM_MANAGER, "-f", "-"];

/** Tries objects, taking every field. */
export const tryOut = async (kubectl: Kubectl, objects: readonly Manifest[]): Promise<Tried> => {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const [applied, found] = await Promise.all([
    kubectl.run([...APPLY, "--force-conflicts", "-o", "json"], { input }),
    kubectl.run(["get", "-f", "-", "--ignore-not-found", "-o", "json"], { input }),
  ]);
  for (const ended of [applied, found]) if (ended.status !== 0) return { differing: [], missing: [], unseen: helmReason(ended) };
  const pairs = paired(objectsIn(found.stdout), objectsIn(applied.stdout));
  return {
    differing: pairs.flatMap(({ a: live, b: after }) => {
      const patch = live === null ? "" : patchOf(live, after);
      return live === null || patch === "" ? [] : [{ live, after, patch }];
    }),
    missing: pairs.flatMap(({ a, b }) => (a === null ? [titleOf(b)] : [])),
    unseen: null,
  };
};

/** Which fields of these objects somebody else owns and would lose. kubectl does not say of which object it speaks, so each is asked about alone. */
export const conflictsOf = async (kubectl: Kubectl, wanted: readonly Manifest[]): Promise<Conflict[]> => {
  const found: Conflict[] = [];
  for (const object of wanted) {
    const { status, stderr } = await kubectl.run(APPLY, { input: JSON.stringify(object) });
    if (status !== 0 && isConflict(stderr)) found.push(...conflictsIn(stderr, titleOf(object)));
  }
  return found;
};
