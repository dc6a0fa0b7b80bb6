/**
 * What files and server were when they last agreed, kept beside the files and committed with them: only so can be told who changed a
 * check since. One line a check, so that git merges it like the files themselves.
 */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { QualityCheck } from "@touchstone/core/model/check";
import { takeUid } from "@touchstone/core/rules/identity";
import { tryReadCheck } from "@touchstone/core/rules/read";
import { fileForm } from "../checks-file.ts";
import { writeWhole } from "../whole-file.ts";
import { keyOf, type Checks } from "./compare.ts";

/** Not an ending that files of checks have: they are read by the folder. */
const NAME = ".touchstone-pulled";

const Head = z.object({ server: z.string(), datastore: z.string(), containers: z.array(z.string()).readonly().nullable() });
export type Base = z.infer<typeof Head> & { checks: Checks };

/** In the folder of the checks, or beside the one file of them. */
export const baseFile = (path: string): string =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true ? `${path}${NAME}` : join(path, NAME);

/** Checks by their key, as they carry it. */
export const byKey = (checks: readonly QualityCheck[]): Checks =>
  new Map(checks.map((check) => [keyOf(check.container, takeUid(check.additional_metadata).uid ?? ""), check]));

const checkOf = (line: string): QualityCheck => {
  const read = tryReadCheck(JSON.parse(line));
  if ("problems" in read) throw new Error("no check");
  return read.check;
};

/** Null where nothing was pulled yet. Throws SOURCE_UNREADABLE for what a merge left in pieces. */
export const readBase = (path: string): Base | null => {
  const file = baseFile(path);
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
  try {
    const [head = "", ...lines] = readFileSync(file, "utf8").split("\n");
    return { ...Head.parse(JSON.parse(head)), checks: byKey(lines.filter((line) => line !== "").map(checkOf)) };
  } catch {
    throw userError(
      "SOURCE_UNREADABLE",
      file,
      "it is not as touchstone checks pull writes it; take the server's side of a merge, or delete it and pull again",
    );
  }
};

/** The containers that were pulled or pushed, with these: null for all of the datastore. */
export const widened = (base: Base | null, containers: readonly string[] | null): readonly string[] | null =>
  base === null || base.containers === null || containers === null
    ? (base ?? { containers }).containers
    : [...new Set([...base.containers, ...containers])].sort();

export const writeBase = (path: string, { server, datastore, containers, checks }: Base): void => {
  const lines = [...checks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, check]) => JSON.stringify(fileForm(check)));
  const file = baseFile(path);
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, [`${[JSON.stringify({ server, datastore, containers }), ...lines].join("\n")}\n`]);
};
