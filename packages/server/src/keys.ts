/**
 * The keys of an installation: from its settings, or made once and kept in the data folder, readable by its user only. With a store
 * on a server and no keys in the settings there would be as many keys as replicas, so there they must be given.
 */
import { randomBytes } from "node:crypto";
import { constants, copyFile, link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { newKey, readKeyRing, ringText, type KeyRing } from "./auth/seal.ts";
import type { Config } from "./config.ts";

/** Files in the data folder, of what no setting gives. */
export const KEY_FILES = { secret_keys: "secret-keys", token_key: "token-key" } as const;

const TOKEN_KEY_BYTES_MIN = 32;
const OWNER_ONLY = 0o600;

const codeOf = (thrown: unknown): unknown => (thrown instanceof Error && "code" in thrown ? thrown.code : null);

/** A name that nobody has yet; systems without hard links get the second best. */
const linked = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch (thrown) {
    if (codeOf(thrown) === "EEXIST") throw thrown;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
};

/** Writes a file that appears whole, and is on the disk when it does. `place` puts it where it belongs. */
const writeWhole = async (folder: string, name: string, text: string, place: (from: string, to: string) => Promise<void>) => {
  const unfinished = join(folder, `${name}.${process.pid}.unfinished`);
  const handle = await open(unfinished, "w", OWNER_ONLY);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await place(unfinished, join(folder, name));
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncFolder(folder);
};

/** A file's new name is on the disk when its folder is; Windows has no way to ask for it. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
};

/** A file's text; it is made first where there is none. Of two who make it at once one wins, and both read the same. */
const keptText = async (folder: string, name: string, make: () => string): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const read = async (): Promise<string> => (await readFile(join(folder, name), "utf8")).trim();
  try {
    return await read();
  } catch (thrown) {
    if (codeOf(thrown) !== "ENOENT") throw thrown;
  }
  try {
    await writeWhole(folder, name, make(), linked);
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
  }
  return read();
};

/** Throws SETTING_INVALID. */
export const tokenKeyOf = (text: string): Buffer => {
  const key = Buffer.from(text, "base64");
  if (key.length < TOKEN_KEY_BYTES_MIN) throw userError("SETTING_INVALID", "TOUCHSTONE_TOKEN_KEY", "it is shorter than 32 bytes of base64");
  return key;
};

/** The keys that seal secrets, and where they are kept: what a setting says, no program can change. */
export type KeySource = { kind: "setting" | "file"; ring: KeyRing };

/** Throws SETTING_INVALID. */
export const readRing = async ({ database_url, secret_keys, data }: Config): Promise<KeySource> => {
  if (secret_keys !== null) return { kind: "setting", ring: readKeyRing(secret_keys) };
  if (database_url !== null) throw mustBeGiven("TOUCHSTONE_SECRET_KEYS");
  return { kind: "file", ring: readKeyRing(await keptText(data, KEY_FILES.secret_keys, () => newKey("k1"))) };
};

/** Puts other keys into the data folder in the place of those there. */
export const replaceRing = ({ data }: Config, ring: KeyRing): Promise<void> =>
  writeWhole(data, KEY_FILES.secret_keys, ringText(ring), rename);

const mustBeGiven = (name: string) =>
  userError("SETTING_INVALID", name, "with DATABASE_URL the keys must be given, or every replica would make its own");

/** Throws SETTING_INVALID. */
export const readKeys = async (config: Config): Promise<{ ring: KeyRing; tokenKey: Buffer }> => {
  const { ring } = await readRing(config);
  if (config.database_url !== null && config.token_key === null) throw mustBeGiven("TOUCHSTONE_TOKEN_KEY");
  const tokenKey =
    config.token_key ?? (await keptText(config.data, KEY_FILES.token_key, () => randomBytes(TOKEN_KEY_BYTES_MIN).toString("base64")));
  return { ring, tokenKey: tokenKeyOf(tokenKey) };
};
