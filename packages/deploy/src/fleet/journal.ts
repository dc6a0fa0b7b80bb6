/**
 * The log of a document: who did what and when, each entry with the hash of the one before, so that none can be changed, left out or
 * slipped in without its being seen. The newest entry is in the document too: both are written, or the second is made up for. Pure.
 */
import { z } from "zod";
import { digestOf } from "../deployment/digest.ts";

export const Entry = z.strictObject({
  version: z.literal(1),
  seq: z.int().min(1),
  at: z.string(),
  who: z.string(),
  what: z.string(),
  detail: z.string(),
  /** Of the lease under which it was written. */
  fence: z.int(),
  before: z.string(),
  hash: z.string(),
});
export type Entry = z.infer<typeof Entry>;

/** What a journalled document carries. */
export const JOURNALLED = { last: Entry.nullable() };
export type Journalled = { last: Entry | null };

export type Act = { at: string; who: string; what: string; detail: string; fence: number };

const hashOf = (entry: Entry): string => digestOf({ ...entry, hash: undefined });

const BEGINNING = "0".repeat(64);

/** The entry that comes after. */
export const entryAfter = (last: Entry | null, act: Act): Entry => {
  const entry: Entry = { version: 1, seq: (last?.seq ?? 0) + 1, ...act, before: last?.hash ?? BEGINNING, hash: "" };
  return { ...entry, hash: hashOf(entry) };
};

/** A document after an act. */
export const acted = <T extends Journalled>(document: T, act: Act): T => ({ ...document, last: entryAfter(document.last, act) });

/** What is wrong with a log, in words; null when it is whole and leads to the document. */
export const faultIn = (entries: readonly Entry[], { last }: Journalled): string | null => {
  for (const [i, entry] of entries.entries()) {
    if (entry.seq !== i + 1) return `entry ${i + 1} is missing: the next is ${entry.seq}`;
    if (entry.before !== (entries[i - 1]?.hash ?? BEGINNING)) return `entry ${entry.seq} does not follow the one before`;
    if (entry.hash !== hashOf(entry)) return `entry ${entry.seq} was changed`;
  }
  if ((entries.at(-1)?.hash ?? null) !== (last?.hash ?? null))
    return `the log ends with entry ${entries.length}, the record with ${last?.seq ?? 0}`;
  return null;
};

/** Entries of a text, one a line; a line whose writing was cut off is none. */
export const entriesIn = (text: string): { entries: Entry[]; whole: number } => {
  const whole = text.lastIndexOf("\n") + 1;
  const lines = text.slice(0, whole).split("\n").slice(0, -1);
  return { entries: lines.map((line) => Entry.parse(JSON.parse(line))), whole: Buffer.byteLength(text.slice(0, whole)) };
};
