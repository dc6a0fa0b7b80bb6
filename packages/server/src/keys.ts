/**
 * The keys of an installation: from its settings, or made once and kept in the data folder, readable by its user only. With a store
 * on a server and no keys in the settings there would be as many keys as replicas, so there they must be given.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { newKey, readKeyRing, type KeyRing } from "./auth/seal.ts";
import type { Config } from "./config.ts";

/** Files in the data folder, of what no setting gives. */
export const KEY_FILES = { secret_keys: "secret-keys", token_key: "token-key" } as const;

const TOKEN_KEY_BYTES_MIN = 32;
const OWNER_ONLY = 0o600;

const isThere = (thrown: unknown): boolean => thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST";

/** A file's text; it is made first where there is none. Of two who make it at once one wins, and both read the same. */
const keptText = async (folder: string, name: string, make: () => string): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  try {
    const handle = await open(file, "wx", OWNER_ONLY);
    await handle.writeFile(make());
    await handle.sync();
    await handle.close();
  } catch (thrown) {
    if (!isThere(thrown)) throw thrown;
  }
  return (await readFile(file, "utf8")).trim();
};

/** Throws SETTING_INVALID. */
export const tokenKeyOf = (text: string): Buffer => {
  const key = Buffer.from(text, "base64");
  if (key.length < TOKEN_KEY_BYTES_MIN) throw userError("SETTING_INVALID", "TOUCHSTONE_TOKEN_KEY", "it is shorter than 32 bytes of base64");
  return key;
};

/** Throws SETTING_INVALID. */
export const readKeys = async (config: Config): Promise<{ ring: KeyRing; tokenKey: Buffer }> => {
  if (config.database_url !== null && (config.secret_keys === null || config.token_key === null))
    throw userError(
      "SETTING_INVALID",
      config.secret_keys === null ? "TOUCHSTONE_SECRET_KEYS" : "TOUCHSTONE_TOKEN_KEY",
      "with DATABASE_URL the keys must be given, or every replica would make its own",
    );
  const secretKeys = config.secret_keys ?? (await keptText(config.data, KEY_FILES.secret_keys, () => newKey("k1")));
  const tokenKey =
    config.token_key ?? (await keptText(config.data, KEY_FILES.token_key, () => randomBytes(TOKEN_KEY_BYTES_MIN).toString("base64")));
  return { ring: readKeyRing(secretKeys), tokenKey: tokenKeyOf(tokenKey) };
};
