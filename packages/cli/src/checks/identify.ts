/** Which check of a server a check of a file is: by the identity it carries, else by what it asserts. Pure. */
import type { QualityCheck } from "@touchstone/core/model/check";
import { checkUid, distinctUid } from "@touchstone/core/rules/bind";
import { isSameCheck } from "@touchstone/core/rules/check-difference";
import { takeUid, withUid } from "@touchstone/core/rules/identity";
import { ruleByType } from "@touchstone/core/rules/index";
import { keyOf, type Checks } from "./compare.ts";

export type Identified<T> = T & {
  key: string;
  /** The check with its identity, and as somebody's own: whoever keeps a file decides, not inference. */
  own: QualityCheck;
  /** Whether the identity stands in the file. */
  isWritten: boolean;
};

/** As a pull writes it: what inference knew of it changes with every profile, and would with every pull. */
export const owned = (check: QualityCheck): QualityCheck => ({ ...check, inferred: false, evidence: null });

const carried = ({ container, additional_metadata }: QualityCheck): string | null => {
  const { uid } = takeUid(additional_metadata);
  return uid === null ? null : keyOf(container, uid);
};

/**
 * Of those that carry one identity (a check was copied and its filter changed) the one that the server knows so, else the first. A
 * check keeps its rule for life: where that was changed in a file, it is another check.
 */
const owners = <T extends { check: QualityCheck }>(all: readonly T[], remote: Checks): Set<T> => {
  const byKey = new Map<string, T[]>();
  for (const one of all) {
    const key = carried(one.check);
    const isOther = key !== null && (remote.get(key)?.rule_type ?? one.check.rule_type) !== one.check.rule_type;
    if (key !== null && !isOther) byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  return new Set(
    [...byKey].flatMap(([key, claimants]) => {
      const known = remote.get(key);
      return (known === undefined ? undefined : claimants.find(({ check }) => isSameCheck(check, known))) ?? claimants[0] ?? [];
    }),
  );
};

export const identified = <T extends { check: QualityCheck }>(all: readonly T[], remote: Checks): Identified<T>[] => {
  const owning = owners(all, remote);
  const taken = new Set([...owning].flatMap(({ check }) => takeUid(check.additional_metadata).uid ?? []));
  return all.map((one) => {
    const { check } = one;
    const own = owning.has(one) ? takeUid(check.additional_metadata).uid : null;
    const uid = own ?? distinctUid(checkUid(check, ruleByType(check.rule_type)), check, taken);
    return { ...one, key: keyOf(check.container, uid), own: { ...withIdentity(check, uid), inferred: false }, isWritten: own !== null };
  });
};

/** A check of a file as it is, with its identity beside it. */
export const withIdentity = (check: QualityCheck, uid: string): QualityCheck => ({
  ...check,
  additional_metadata: withUid(takeUid(check.additional_metadata).metadata, uid),
});
