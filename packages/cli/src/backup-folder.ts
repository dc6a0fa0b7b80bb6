/** A folder of backups: the newest is found by its name, and only so many stay. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { isBackupName } from "@touchstone/server/store/backup-name";

export const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isDirectory() ?? false;

export const backupsIn = async (folder: string): Promise<string[]> => (await readdir(folder)).filter(isBackupName).toSorted();

/** The newest backup of a folder. Throws BACKUP_UNUSABLE. */
export const newestBackup = async (folder: string): Promise<string> => {
  const newest = (await backupsIn(folder)).at(-1);
  if (newest === undefined) throw userError("BACKUP_UNUSABLE", folder, "there is no backup in this folder");
  return join(folder, newest);
};

/** Takes away all but the newest; what has another name is not ours to take. */
export const keepNewest = async (folder: string, count: number): Promise<void> => {
  for (const name of (await backupsIn(folder)).slice(0, -count)) await rm(join(folder, name));
};

/** Bytes of a backup. Throws BACKUP_UNUSABLE. */
export const sizeOf = async (file: string): Promise<number> => {
  try {
    return (await stat(file)).size;
  } catch (thrown) {
    throw userError("BACKUP_UNUSABLE", file, thrown instanceof Error ? thrown.message : "it cannot be read");
  }
};
