/** The identity that a check carries with it from installation to installation. */

/** Under this name published clients look for it among a check's metadata, and send it back. */
export const UID_KEY = "_qualytics_check_uid";

const UID_KEYS = /^_\w*check_uid$/;
/** Longest identity; what is longer is none of ours. */
const UID_CHARACTERS_MAX = 500;

/** The metadata without the identity, and the identity; null where none is carried. */
export const takeUid = (metadata: Readonly<Record<string, unknown>>): { uid: string | null; metadata: Record<string, unknown> } => {
  const entries = Object.entries(metadata);
  const carried = entries.find(([key, value]) => UID_KEYS.test(key) && typeof value === "string" && value.trim() !== "");
  const uid = typeof carried?.[1] === "string" && carried[1].length <= UID_CHARACTERS_MAX ? carried[1].trim() : null;
  return { uid, metadata: Object.fromEntries(entries.filter(([key]) => !UID_KEYS.test(key))) };
};

/** The metadata as it leaves, with the identity in it. */
export const withUid = (metadata: Readonly<Record<string, unknown>>, uid: string): Record<string, unknown> => ({
  ...metadata,
  [UID_KEY]: uid,
});
