/** Names for values by what is in them: the same value has the same digest, whatever the order of its keys. */
import { createHash } from "node:crypto";

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
};

export const digestOfText = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
/** As registries, signed documents and people write it. */
export const sha256Of = (text: string | Buffer): string => `sha256:${digestOfText(text)}`;
export const digestOf = (value: unknown): string => digestOfText(JSON.stringify(ordered(value)) ?? "");
