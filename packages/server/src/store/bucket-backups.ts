/**
 * Backups in an object store. One is two objects: `NAME.gz`, and beside it `NAME.gz.sha256`, which is written last, after what arrived was
 * read back and is what was sent. What has no sum is no backup: an upload that was killed, at whatever moment, is never restored from.
 */
import { createHash } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import type { Database } from "./database.ts";
import { objectText, type Entry, type ObjectStore } from "../object-store/object-store.ts";
import { BACKUP_BEGINNING, isBackupName } from "./backup-name.ts";
import { writeBackup } from "./backup.ts";

/** As `sha256sum` writes and checks it. */
const SUM = /^([0-9a-f]{64}) {2}(\S+)\n$/;
const sumOf = (name: string): string => `${name}.sha256`;

/** `isWhole`: its sum is there. */
export type BucketBackup = Entry & { isWhole: boolean };

/** In order of time, the unfinished among them. */
export const backupsIn = async (bucket: ObjectStore): Promise<BucketBackup[]> => {
  const entries = await bucket.list(BACKUP_BEGINNING);
  const names = new Set(entries.map(({ name }) => name));
  return entries
    .filter(({ name }) => isBackupName(name))
    .map((entry) => ({ ...entry, isWhole: names.has(sumOf(entry.name)) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
};

/** Throws BACKUP_UNUSABLE where there is none. */
export const newestIn = async (bucket: ObjectStore): Promise<string> => {
  const newest = (await backupsIn(bucket)).findLast(({ isWhole }) => isWhole);
  if (newest === undefined) throw userError("BACKUP_UNUSABLE", objectText(bucket, ""), "there is no whole backup there");
  return newest.name;
};

/** Takes away all but the newest, and what was left unfinished before these; the sum goes first, so that no half is taken for a whole. */
export const keepNewestIn = async (bucket: ObjectStore, count: number): Promise<void> => {
  const all = await backupsIn(bucket);
  const oldestKept = all.filter(({ isWhole }) => isWhole).at(-count)?.name ?? "";
  for (const { name, isWhole } of all.filter((one) => one.name < oldestKept)) {
    if (isWhole) await bucket.remove(sumOf(name));
    await bucket.remove(name);
  }
};

const sumBehind = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  const sum = createHash("sha256");
  for await (const piece of pieces) sum.update(piece);
  return sum.digest("hex");
};

/** Where what is written goes to, piece by piece. */
export type Writes = (sink: (pieces: AsyncIterable<Uint8Array>) => Promise<void>) => Promise<void>;

/** A backup that is written by somebody, and its sum when it is there. Throws BACKUP_FAILED where what arrived is not what was sent. */
export const keepIn = async (bucket: ObjectStore, name: string, writes: Writes): Promise<void> => {
  let sent = "";
  await writes(async (pieces) => {
    sent = await bucket.write(name, pieces);
  });
  if ((await sumBehind(bucket.read(name))) !== sent)
    throw userError("BACKUP_FAILED", objectText(bucket, name), "what was read back is not what was written");
  await bucket.put(sumOf(name), Buffer.from(`${sent}  ${name}\n`));
};

export const backUpInto = (db: Database, bucket: ObjectStore, name: string): Promise<void> =>
  keepIn(bucket, name, (sink) => writeBackup(db, sink));

const textOf = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  const held: Uint8Array[] = [];
  for await (const piece of pieces) held.push(piece);
  return Buffer.concat(held).toString("utf8");
};

/** The bytes of a backup; they end with an error where their sum is another, so that whoever takes them gives back what he made of them. Throws BACKUP_UNUSABLE. */
export async function* readChecked(bucket: ObjectStore, name: string): AsyncGenerator<Uint8Array> {
  const where = objectText(bucket, name);
  const [, expected] = SUM.exec(await textOf(bucket.read(sumOf(name)))) ?? [];
  if (expected === undefined) throw userError("BACKUP_UNUSABLE", where, "what stands beside it is no sum");
  const sum = createHash("sha256");
  for await (const piece of bucket.read(name)) {
    sum.update(piece);
    yield piece;
  }
  if (sum.digest("hex") !== expected) throw userError("BACKUP_UNUSABLE", where, "its sum is not the one that was written beside it");
}
