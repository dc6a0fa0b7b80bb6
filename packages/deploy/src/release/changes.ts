/** What differs between two sets of objects, as texts a person reads. Pure. No value of a Secret comes out. */
import { createTwoFilesPatch } from "diff";
import { stringify } from "yaml";
import { titleOf, type Manifest } from "../kubernetes/manifest.ts";

const CONTEXT_LINES = 3;
const KEEP = "helm.sh/resource-policy";

export type Change = {
  /** Kind and name. */
  object: string;
  /** `kept`: no part of the release any more, and left where it is. */
  change: "made" | "changed" | "removed" | "kept";
  /** Lines of a unified diff, without a heading. */
  patch: string;
};

/** Which object it is. */
export const keyOf = ({ apiVersion, kind, metadata }: Manifest): string =>
  // The version of an API is how an object is written, not which one it is; and a namespace is often left out.
  [apiVersion.includes("/") ? apiVersion.split("/")[0] : "", kind, metadata.name].join("/");

/** Whether it stays when its release no longer has it. */
export const isKept = ({ metadata }: Manifest): boolean => metadata.annotations?.[KEEP] === "keep";

/** Keeps the server's own fields out: they change without anybody's doing. */
const SERVERS = new Set(["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"]);
const COPY_OF_IT_ALL = "kubectl.kubernetes.io/last-applied-configuration";

const withoutServers = (manifest: Manifest): Manifest => {
  const metadata = Object.fromEntries(Object.entries(manifest.metadata).filter(([key]) => !SERVERS.has(key)));
  const annotations = Object.fromEntries(Object.entries(manifest.metadata.annotations ?? {}).filter(([key]) => key !== COPY_OF_IT_ALL));
  const { status: _, ...rest } = manifest;
  return {
    ...rest,
    metadata: {
      ...metadata,
      name: manifest.metadata.name,
      ...(Object.keys(annotations).length === 0 ? { annotations: undefined } : { annotations }),
    },
  };
};

const mapAt = (manifest: Manifest, part: string): Record<string, unknown> => ({ ...Object(manifest[part]) });

/** A Secret with words in place of its values, which say only whether they are the same as in `other`. */
const hidden = (manifest: Manifest, other: Manifest | null, side: "before" | "after"): Manifest => {
  if (manifest.kind !== "Secret") return manifest;
  const covered = (part: string) => {
    const there = other === null ? {} : mapAt(other, part);
    return Object.fromEntries(
      Object.entries(mapAt(manifest, part)).map(([key, value]) => [
        key,
        key in there && there[key] !== value ? `(hidden, ${side})` : "(hidden)",
      ]),
    );
  };
  return {
    ...manifest,
    ...Object.fromEntries(["data", "stringData"].filter((part) => part in manifest).map((part) => [part, covered(part)])),
  };
};

const textOf = (manifest: Manifest | null, other: Manifest | null, side: "before" | "after"): string =>
  manifest === null ? "" : stringify(hidden(withoutServers(manifest), other, side), { sortMapEntries: true, lineWidth: 0 });

/** The lines that differ, with some around them; empty when none do. */
export const patchOf = (before: Manifest | null, after: Manifest | null): string => {
  const [old, next] = [textOf(before, after, "before"), textOf(after, before, "after")];
  if (old === next) return "";
  const patch = createTwoFilesPatch("before", "after", old, next, "", "", { context: CONTEXT_LINES });
  return patch.slice(patch.indexOf("@@")).trimEnd();
};

const changeOf = (before: Manifest | null, after: Manifest | null): Change[] => {
  const object = after ?? before;
  if (object === null) return [];
  const patch = patchOf(before, after);
  if (patch === "") return [];
  const stays = after === null && isKept(object);
  const change = before === null ? "made" : after !== null ? "changed" : stays ? "kept" : "removed";
  return [{ object: titleOf(object), change, patch: stays ? "" : patch }];
};

/** Objects by their place, in the order in which they are first seen. */
const byKey = (objects: readonly Manifest[]): Map<string, Manifest> => new Map(objects.map((object) => [keyOf(object), object]));

/** What becomes of each object that differs. */
export const changesBetween = (before: readonly Manifest[], after: readonly Manifest[]): Change[] => {
  const [old, next] = [byKey(before), byKey(after)];
  return [...new Set([...next.keys(), ...old.keys()])].flatMap((key) => changeOf(old.get(key) ?? null, next.get(key) ?? null));
};

export type Counts = { made: number; changed: number; removed: number; kept: number };

export const countsOf = (changes: readonly Change[]): Counts => {
  const count = (kind: Change["change"]): number => changes.filter(({ change }) => change === kind).length;
  return { made: count("made"), changed: count("changed"), removed: count("removed"), kept: count("kept") };
};

/** Pairs of the same object in two sets. */
export const paired = (a: readonly Manifest[], b: readonly Manifest[]): { a: Manifest | null; b: Manifest }[] => {
  const first = byKey(a);
  return b.map((object) => ({ a: first.get(keyOf(object)) ?? null, b: object }));
};

/** Those of `objects` that are in `others` too. */
export const sameIn = (objects: readonly Manifest[], others: readonly Manifest[]): Manifest[] => {
  const there = byKey(others);
  return objects.filter((object) => there.has(keyOf(object)));
};
