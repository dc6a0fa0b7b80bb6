/** Backups of a deployment that were taken out of its cluster: files in its folder, each with a description that is written last. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import { fileDigest } from "../transfer/move-out.ts";
import { FILES } from "./files.ts";

export const BackupCopy = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  /** Whose it is: a name is used again in another fleet, an address is not. */
  deployment: z.string(),
  fqdn: z.string(),
  namespace: z.string(),
  madeAt: z.string(),
  digest: z.string(),
  bytes: z.int().min(1),
});
export type BackupCopy = z.infer<typeof BackupCopy>;

const ID = /^[a-z0-9][a-z0-9-]*$/;
const folderOf = (folder: string): string => join(folder, "backups");
const descriptionOf = (folder: string, id: string): string => join(folderOf(folder), `${id}.json`);

/** Where the backup of that name lies, or will, in the folder of its deployment. */
export const backupFile = (folder: string, id: string): string => join(folderOf(folder), `${id}.gz`);

/** Makes room for one. */
export const openBackups = (folder: string): void => void mkdirSync(folderOf(folder), { recursive: true, mode: 0o700 });

/** Once the file is whole. */
export const describeBackup = (folder: string, copy: BackupCopy): void =>
  FILES.replace(descriptionOf(folder, copy.id), `${JSON.stringify(copy, null, 2)}\n`);

/** Ids of all that are whole, oldest first. */
export const backupIds = (folder: string): string[] =>
  existsSync(folderOf(folder))
    ? readdirSync(folderOf(folder))
        .filter((name) => name.endsWith(".json"))
        .map((name) => name.slice(0, -".json".length))
        .toSorted()
    : [];

const copyIn = (file: string): BackupCopy | null => {
  try {
    return BackupCopy.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
};

/** A backup by its name, once it was seen that it is there, is of this deployment, and is the one that was taken out. Throws FLEET_BACKUP_UNKNOWN. */
export const requireBackup = async (folder: string, { name, fqdn }: Deployment, id: string): Promise<BackupCopy> => {
  const unknown = (why: string) => userError("FLEET_BACKUP_UNKNOWN", name, id, why);
  const there = backupIds(folder);
  if (!ID.test(id) || !there.includes(id))
    throw unknown(there.length === 0 ? "none was taken out of its cluster yet" : `there are ${there.join(", ")}`);
  const copy = copyIn(descriptionOf(folder, id));
  if (copy === null || copy.id !== id) throw unknown(`${descriptionOf(folder, id)} is not as this program wrote it`);
  if (copy.deployment !== name || copy.fqdn !== fqdn) throw unknown(`it is of ${copy.deployment} at ${copy.fqdn}`);
  const file = backupFile(folder, id);
  if (!existsSync(file)) throw unknown(`${file} is gone`);
  if (statSync(file).size !== copy.bytes || (await fileDigest(file)) !== copy.digest) throw unknown(`${file} is not what was taken out`);
  return copy;
};
