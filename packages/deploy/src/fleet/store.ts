/**
 * A fleet in a folder: one folder a deployment with its deployment.yaml, its record, its log and its lease, and one of the rollout.
 * The record is replaced whole and has its newest log entry in it; then the entry is added to the log. Who is killed in between leaves
 * an entry that the next one adds.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import { deploymentIn } from "../deployment/read.ts";
import { FILES, flushFolder, type Files } from "./files.ts";
import { acted, entriesIn, faultIn, type Act, type Entry, type Journalled } from "./journal.ts";
import { leaseHolder, takeLease, type Lease } from "./lease.ts";
import { FleetRecord } from "./record.ts";

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const RECORD = "record.json";
const LOG = "log.jsonl";
const DEPLOYMENT = "deployment.yaml";

export type Member = { deployment: Deployment; record: FleetRecord; folder: string };
export type Who = { who: string; now: () => Date };
export type Said = { what: string; detail: string };

/** A document with a log, in a folder, as long as one holds its lease. */
export type Held<T> = {
  lease: Lease;
  read: () => T;
  /** Writes the document and what was done. Throws FLEET_LEASE_LOST. */
  commit: (document: T, said: Said) => T;
  release: () => void;
};

export type Fleet = {
  folder: string;
  names: () => string[];
  /** Throws FLEET_MEMBER_UNKNOWN, FLEET_RECORD_INVALID. */
  read: (name: string) => Member;
  /** Throws FLEET_MEMBER_EXISTS. */
  add: (text: string, record: FleetRecord, said: Said) => FleetRecord;
  hold: (name: string) => Held<FleetRecord>;
  /** Replaces deployment.yaml of a member that is held. */
  describe: (name: string, text: string) => void;
  log: (name: string) => { entries: Entry[]; fault: string | null };
  holder: (name: string) => { holder: string; until: Date } | null;
};

const invalid = (file: string, thrown: unknown) =>
  userError("FLEET_RECORD_INVALID", file, thrown instanceof Error ? (thrown.message.split("\n")[0] ?? "it is damaged") : String(thrown));

/** What has to be there in the folder of each. */
const described = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw invalid(file, thrown);
  }
};

const text = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");

export const readDocument = <T extends Journalled>(file: string, schema: z.ZodType<T>): T => {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (thrown) {
    throw invalid(file, thrown);
  }
};

const readLog = (file: string): ReturnType<typeof entriesIn> => {
  try {
    return entriesIn(text(file));
  } catch (thrown) {
    throw invalid(file, thrown);
  }
};

/** Adds the newest entry of the document to its log, if it is not there; what was cut off in its writing is overwritten. */
const logLast = (folder: string, { last }: Journalled, files: Files): void => {
  const { entries, whole } = readLog(join(folder, LOG));
  if (last === null || entries.at(-1)?.seq === last.seq) return;
  files.append(join(folder, LOG), JSON.stringify(last), whole);
};

/** Entries of a log, with the one that is only in the document yet, and what is wrong with them. */
export const logOf = (folder: string, document: Journalled): { entries: Entry[]; fault: string | null } => {
  const { entries } = readLog(join(folder, LOG));
  const { last } = document;
  const all = last !== null && last.seq === entries.length + 1 ? [...entries, last] : entries;
  return { entries: all, fault: faultIn(all, document) };
};

/** Holds the document of a folder. Throws FLEET_LEASED. */
export const holdDocument = <T extends Journalled>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  { who, now }: Who,
  files: Files,
): Held<T> => {
  const lease = takeLease(folder, name, who);
  const file = join(folder, RECORD);
  const read = (): T => readDocument(file, schema);
  const commit = (document: T, { what, detail }: Said): T => {
    const act: Act = { at: now().toISOString(), who, what, detail, fence: lease.fence };
    const next = acted(document, act);
    lease.check();
    files.replace(file, `${JSON.stringify(next, null, 2)}\n`);
    logLast(folder, next, files);
    return next;
  };
  try {
    logLast(folder, read(), files);
  } catch (thrown) {
    lease.release();
    throw thrown;
  }
  return { lease, read, commit, release: lease.release };
};

/** A new folder with a document and a log, there whole or not at all; false when there is one already. */
export const createDocument = (folder: string, document: Journalled, more: Readonly<Record<string, string>> = {}): boolean => {
  const parent = join(folder, "..");
  mkdirSync(parent, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const beside = mkdtempSync(join(parent, ".new-"));
  const all = { ...more, [RECORD]: `${JSON.stringify(document, null, 2)}\n`, [LOG]: `${JSON.stringify(document.last)}\n` };
  for (const [name, content] of Object.entries(all)) writeFileSync(join(beside, name), content, { mode: OWNER_ONLY, flush: true });
  flushFolder(beside);
  try {
    renameSync(beside, folder);
  } catch (thrown) {
    rmSync(beside, { recursive: true });
    if (["ENOTEMPTY", "EEXIST"].includes(String(Reflect.get(Object(thrown), "code")))) return false;
    throw thrown;
  }
  flushFolder(parent);
  return true;
};

export const openFleet = (folder: string, who: Who, files: Files = FILES): Fleet => {
  const members = join(folder, "deployments");
  const folderOf = (name: string): string => {
    const found = join(members, name);
    if (!/^[a-z][a-z0-9-]+$/.test(name) || !existsSync(found)) throw userError("FLEET_MEMBER_UNKNOWN", name, folder);
    return found;
  };
  const read = (name: string): Member => {
    const place = folderOf(name);
    return {
      folder: place,
      record: readDocument(join(place, RECORD), FleetRecord),
      deployment: deploymentIn(described(join(place, DEPLOYMENT)), join(place, DEPLOYMENT)),
    };
  };
  return {
    folder,
    names: () =>
      existsSync(members)
        ? readdirSync(members)
            .filter((name) => !name.startsWith("."))
            .toSorted()
        : [],
    read,
    add: (description, record, { what, detail }) => {
      const first = acted(record, { at: who.now().toISOString(), who: who.who, what, detail, fence: 0 });
      if (!createDocument(join(members, record.name), first, { [DEPLOYMENT]: description }))
        throw userError("FLEET_MEMBER_EXISTS", record.name, read(record.name).record.state);
      return first;
    },
    hold: (name) => holdDocument(folderOf(name), name, FleetRecord, who, files),
    describe: (name, description) => files.replace(join(folderOf(name), DEPLOYMENT), description),
    log: (name) => logOf(folderOf(name), read(name).record),
    holder: (name) => leaseHolder(folderOf(name)),
  };
};
