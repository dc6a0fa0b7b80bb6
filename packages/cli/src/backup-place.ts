/** Where backups are: a file, a folder of them, or a place in an object store. The same is done with each. */
import { basename, join } from "node:path";
import { fileBytes } from "@touchstone/server/store/backup-file";
import { backupName, isBackupName } from "@touchstone/server/store/backup-name";
import type { Database } from "@touchstone/server/store/database";
import { backupsIn, isFolder, keepNewest, newestBackup, sizeOf } from "./backup-folder.ts";

export type Listed = { name: string; bytes: number; isWhole: boolean };

export type BackupPlace = {
  /** Answers where the backup is; `keep`: how many stay, all of them where nobody says. */
  backUp: (db: Database, keep: number | undefined) => Promise<string>;
  /** The one that is named, or the newest. */
  open: () => Promise<{ where: string; pieces: AsyncIterable<Uint8Array> }>;
  list: () => Promise<Listed[]>;
};

const onDisk = async (path: string): Promise<BackupPlace> => {
  const inFolder = await isFolder(path);
  return {
    backUp: async (db, keep) => {
      const { backup } = await import("@touchstone/server/store/backup");
      const file = inFolder ? join(path, backupName(new Date())) : path;
      await backup(db, file);
      if (inFolder && keep !== undefined) await keepNewest(path, keep);
      return file;
    },
    open: async () => {
      const where = inFolder ? await newestBackup(path) : path;
      return { where, pieces: fileBytes(where) };
    },
    list: async () => {
      const files = inFolder ? (await backupsIn(path)).map((name) => join(path, name)) : [path];
      // It is moved to its name when it is whole.
      return Promise.all(files.map(async (file) => ({ name: basename(file), bytes: await sizeOf(file), isWhole: true })));
    },
  };
};

const inBucket = async (address: string, env: NodeJS.ProcessEnv): Promise<BackupPlace> => {
  const [{ placeOf }, { objectText, openObjectStore }, backups] = await Promise.all([
    import("@touchstone/server/object-store/place"),
    import("@touchstone/server/object-store/object-store"),
    import("@touchstone/server/store/bucket-backups"),
  ]);
  const place = placeOf(address);
  const name = basename(place.folder);
  const named = isBackupName(name) ? name : null;
  const folder = named === null ? place.folder : place.folder.slice(0, -name.length).replace(/\/$/, "");
  const bucket = openObjectStore({ ...place, folder }, env);
  return {
    backUp: async (db, keep) => {
      const made = named ?? backupName(new Date());
      await backups.backUpInto(db, bucket, made);
      if (keep !== undefined) await backups.keepNewestIn(bucket, keep);
      return objectText(bucket, made);
    },
    open: async () => {
      const found = named ?? (await backups.newestIn(bucket));
      return { where: objectText(bucket, found), pieces: backups.readChecked(bucket, found) };
    },
    list: async () => (await backups.backupsIn(bucket)).filter((one) => named === null || one.name === named),
  };
};

/** Throws OBJECT_STORE_ADDRESS_INVALID and OBJECT_STORE_IDENTITY. */
export const backupPlace = (text: string, env: NodeJS.ProcessEnv): Promise<BackupPlace> =>
  /^[a-z0-9]+:\/\//.test(text) ? inBucket(text, env) : onDisk(text);
