/** One digest of all files of a folder: of their paths and contents, in the order of the paths. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { digestOfText } from "../deployment/digest.ts";

/** Null where there is no such folder: a chart from a registry is known by its version there. */
export const folderDigest = async (folder: string): Promise<string | null> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => null);
  if (entries === null) return null;
  const hash = createHash("sha256");
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) {
    hash.update(`${digestOfText(await readFile(file))}  ${relative(folder, file)}\n`);
  }
  return `sha256:${hash.digest("hex")}`;
};
