/**
 * Files, server, and what both were when they last agreed: who changed what since (a three-way comparison, check by check). Pure.
 */
import type { QualityCheck } from "@touchstone/core/model/check";
import { checkDifference, isSameCheck, type CheckDifference } from "@touchstone/core/rules/check-difference";

/** Checks by container and identity. */
export type Checks = ReadonlyMap<string, QualityCheck>;

const SEPARATOR = "\u0000";
export const keyOf = (container: string, uid: string): string => `${container}${SEPARATOR}${uid}`;
export const partsOfKey = (key: string): { container: string; uid: string } => {
  const [container = "", uid = ""] = key.split(SEPARATOR);
  return { container, uid };
};

export type Kind = "added" | "changed" | "retired";

/** One check that is not the same in the files and on the server. */
export type Item = {
  key: string;
  /** Where it was changed since the two agreed; `both` is a conflict, and so is what never agreed. */
  side: "files" | "server" | "both";
  /** What became of it on its side; for a conflict, in the files as seen from the server. */
  kind: Kind;
  /** As it is where it is: in the files, else on the server. */
  check: QualityCheck;
  /** Before and after, on its side; for a conflict from the server to the files. */
  changes: CheckDifference;
  /** For a conflict, what was changed on the server: null where it is not known what it was before. */
  theirs: { kind: Kind; changes: CheckDifference } | null;
};

type Sides = { base: QualityCheck | undefined; local: QualityCheck | undefined; remote: QualityCheck | undefined };

const isSame = (one: QualityCheck | undefined, other: QualityCheck | undefined): boolean =>
  one === undefined || other === undefined ? one === other : isSameCheck(one, other);

const kindOf = (before: QualityCheck | undefined, after: QualityCheck | undefined): Kind =>
  before === undefined ? "added" : after === undefined ? "retired" : "changed";

const changesFrom = (before: QualityCheck | undefined, after: QualityCheck | undefined): CheckDifference =>
  before === undefined || after === undefined ? {} : checkDifference(before, after);

const sideOf = ({ base, local, remote }: Sides, isBaseKnown: boolean): Item["side"] => {
  if (isBaseKnown && isSame(base, remote)) return "files";
  if (isBaseKnown && isSame(base, local)) return "server";
  if (!isBaseKnown && remote === undefined) return "files";
  if (!isBaseKnown && local === undefined) return "server";
  return "both";
};

const itemOf = (key: string, sides: Sides, isBaseKnown: boolean): Item[] => {
  const { base, local, remote } = sides;
  const check = local ?? remote;
  if (check === undefined || isSame(local, remote)) return [];
  const side = sideOf(sides, isBaseKnown);
  if (side === "server") {
    const before = isBaseKnown ? base : local;
    return [{ key, side, kind: kindOf(before, remote), check, changes: changesFrom(before, remote), theirs: null }];
  }
  const theirs = side === "both" && isBaseKnown ? { kind: kindOf(base, remote), changes: changesFrom(base, remote) } : null;
  return [{ key, side, kind: kindOf(remote, local), check, changes: changesFrom(remote, local), theirs }];
};

/** An archived check in the files is one that shall not be: where the server has none, there is nothing to do about it. */
const withoutArchived = (local: Checks, remote: Checks): Checks =>
  new Map([...local].filter(([key, { status }]) => status !== "Archived" || remote.has(key)));

/** All that is not the same, in the order of containers and identities. `base` is null where the two never agreed. */
export const compare = (base: Checks | null, local: Checks, remote: Checks): Item[] => {
  const wanted = withoutArchived(local, remote);
  const keys = [...new Set([...(base?.keys() ?? []), ...wanted.keys(), ...remote.keys()])].sort();
  return keys.flatMap((key) => itemOf(key, { base: base?.get(key), local: wanted.get(key), remote: remote.get(key) }, base !== null));
};
