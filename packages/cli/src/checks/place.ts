/** Into which file a container's checks go, and writing what of the files changes. */
import { mkdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { QualityCheck } from "@touchstone/core/model/check";
import { shortHash } from "@touchstone/core/rules/bind";
import { writeWhole } from "../whole-file.ts";
import { editedText } from "./checks-text.ts";
import type { LocalCheck, LocalFile } from "./workspace.ts";

/** Longest part of a file's name that is made from a container's: file systems take 255 bytes, and a letter may be four. */
const NAME_CHARACTERS_MAX = 50;
/** Names of devices on Windows, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

const readable = (container: string): string => {
  const name = container
    .replaceAll(/[^\p{L}\p{N}_-]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, NAME_CHARACTERS_MAX);
  return name === "" || RESERVED.test(name) ? `container-${name}` : name;
};

/** A name for the file of a container that reads like it; `taken` holds those there are, in small letters: some systems know no capitals. */
export const fileName = (container: string, taken: ReadonlySet<string>): string => {
  const plain = `${readable(container)}.yaml`;
  return taken.has(plain.toLowerCase()) ? `${readable(container)}-${shortHash(container)}.yaml` : plain;
};

/** What becomes of a check that stands in a file: its new form, the same (undefined), or nothing (null). */
export type Fate = (local: LocalCheck) => QualityCheck | undefined | null;

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/**
 * The file of each container. Its checks stay where it has some already: people may have put them together otherwise. `path` may be
 * one file, and then it is theirs all.
 */
const homesOf = (path: string, files: readonly LocalFile[], containers: readonly string[]): Map<string, string> => {
  const homes = new Map(files.toReversed().flatMap(({ file, checks }) => checks.map(({ check }) => [check.container, file] as const)));
  const taken = new Set(files.map(({ file }) => basename(file).toLowerCase()));
  for (const container of [...new Set(containers)].sort()) {
    if (homes.has(container)) continue;
    const name = fileName(container, taken);
    taken.add(name.toLowerCase());
    homes.set(container, isFile(path) ? path : join(path, name));
  }
  return homes;
};

/** Writes the files that change, each whole or not at all, and answers their names. */
export const writeFiles = (path: string, files: readonly LocalFile[], fate: Fate, added: readonly QualityCheck[]): string[] => {
  const homes = homesOf(
    path,
    files,
    added.map(({ container }) => container),
  );
  const coming = Map.groupBy(added, ({ container }) => homes.get(container) ?? path);
  const names = [...new Set([...files.map(({ file }) => file), ...coming.keys()])].sort();
  return names.filter((file) => {
    const before = files.find((one) => one.file === file);
    const fates = (before?.checks ?? []).map((local) => ({ local, after: fate(local) }));
    const arriving = coming.get(file) ?? [];
    if (arriving.length === 0 && fates.every(({ after }) => after === undefined)) return false;
    const entries = fates.map(({ local, after }) => ({ before: local.check, after }));
    write(file, editedText(file, before?.text ?? null, { entries, added: arriving }));
    return true;
  });
};

const write = (file: string, text: string | null): void => {
  if (text === null) return rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, [text]);
};
