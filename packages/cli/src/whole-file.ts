/** Files that appear whole or not at all: an interrupt or a full disk leaves what was there before. */
import { accessSync, chmodSync, closeSync, constants, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorInfo, UserError, type ErrorInfo } from "@touchstone/core/errors";

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of its path is a file",
  EISDIR: "it is a folder",
};

const failureOf = (path: string, thrown: unknown): ErrorInfo => {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return errorInfo("DISK_FULL", dirname(path));
  return errorInfo("FILE_UNWRITABLE", path, REASONS[code] ?? (code === "" ? "it cannot be written" : `the system reports ${code}`));
};

/** Pipes and devices (`/dev/stdout`) are written to: there is nothing to put in their place. */
const isPlain = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;

/** Says before the work what would fail after it. Throws FILE_UNWRITABLE. */
export const checkWritable = (path: string): void => {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw Object.assign(new Error(path), { code: "EISDIR" });
    accessSync(isPlain(path) ? dirname(path) : path, constants.W_OK);
  } catch (thrown) {
    throw new UserError(failureOf(path, thrown), { cause: thrown });
  }
};

const writeBlocks = (path: string, blocks: Iterable<string | Uint8Array>, mode?: number): void => {
  const file = openSync(path, "w", mode);
  try {
    for (const block of blocks) writeFileSync(file, block);
  } finally {
    closeSync(file);
  }
};

/** Writes a file, block by block, beside its place and moves it there; `mode` says who may read it. Throws FILE_UNWRITABLE, DISK_FULL. */
export const writeWhole = (path: string, blocks: Iterable<string | Uint8Array>, mode?: number): void => {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    if (!isPlain(path)) return writeBlocks(path, blocks);
    try {
      writeBlocks(temporary, blocks, mode);
      if (mode !== undefined) chmodSync(temporary, mode);
      renameSync(temporary, path);
    } catch (thrown) {
      rmSync(temporary, { force: true });
      throw thrown;
    }
  } catch (thrown) {
    throw new UserError(failureOf(path, thrown), { cause: thrown });
  }
};
