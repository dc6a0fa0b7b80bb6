/** The way in of pushed upgrades: whoever's key the permit trusts has a deployment changed with the updater's rights. Pure. */
import { toErrorInfo } from "@touchstone/core/errors";
import type { Manifest } from "../kubernetes/manifest.ts";
import { KEYS_KEY, PERMIT_NAME, pointerIn } from "../updater/permit.ts";
import { publicKeysIn } from "../supply/key.ts";
import { isOperators, type Operator } from "./access.ts";
import type { Access } from "./document.ts";

const KIND = "pushed upgrades";

/** Whose signature an upgrade has, as ways in call it. */
export const keyHolder = (id: string): string => `key ${id}`;

const holdersIn = (permit: Manifest): string[] => {
  const pem: unknown = Reflect.get(Object(permit["data"]), KEYS_KEY);
  try {
    return publicKeysIn(typeof pem === "string" ? pem : "", KEYS_KEY).map(({ id }) => keyHolder(id));
  } catch (thrown) {
    // The updater does nothing by such a permit. It is told all the same: it can be mended.
    return [`keys that cannot be read (${toErrorInfo(thrown).why})`];
  }
};

/** `permit`: null where nothing is allowed. An updater is a way in of those whom its permit trusts, and of nobody without one. */
export const pushedWays = (permit: Manifest | null, updaters: readonly Manifest[], operator: Operator): Access[] => {
  const holders = permit === null ? [] : holdersIn(permit);
  const pointer = permit === null ? null : pointerIn(permit["data"]);
  const isTheirs = (who: string): boolean => isOperators(who, operator);
  return [
    ...holders.map((who): Access => ({
      kind: KIND,
      name: `ConfigMap ${PERMIT_NAME}`,
      who,
      grants: `upgrades that it has signed${pointer === null ? "" : `, announced at ${pointer}`}`,
      operators: isTheirs(who),
    })),
    ...updaters.map(({ kind, metadata }): Access => ({
      kind: KIND,
      name: `${kind} ${metadata.name}`,
      who: "the updater",
      grants: permit === null ? "does nothing without a permit" : "does what the permit allows",
      operators: holders.some(isTheirs),
    })),
  ];
};
