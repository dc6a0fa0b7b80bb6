/** The keys of an installation: whether they are there, are keys, and are nobody else's to read. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { toErrorInfo } from "@touchstone/core/errors";
import { readKeyRing, type KeyRing } from "@touchstone/server/auth/seal";
import type { Config } from "@touchstone/server/config";
import { KEY_FILES, tokenKeyOf } from "@touchstone/server/keys";
import { ok, problem, type Finding } from "@touchstone/core/model/finding";
import { reasonOf } from "./reason.ts";

type KeyName = keyof typeof KEY_FILES;

const NAMES: Readonly<Record<KeyName, { env: string; opens: string; lost: string }>> = {
  secret_keys: {
    env: "TOUCHSTONE_SECRET_KEYS",
    opens: "the keys that open stored secrets",
    lost: "put the file back from where keys are kept apart; without it the secrets of connections have to be entered again",
  },
  token_key: {
    env: "TOUCHSTONE_TOKEN_KEY",
    opens: "the key that signs tokens",
    lost: "put the file back; the next start makes a new one otherwise, and no token that was issued is valid any more",
  },
};

/** Rights of the group and of others. */
const OTHERS_RIGHTS = 0o077;

type Read = { text: string; findings: Finding[] } | { text: null; findings: Finding[] };

const readKeyFile = async (name: KeyName, folder: string, hasStore: boolean): Promise<Read> => {
  const { env, opens, lost } = NAMES[name];
  const file = join(folder, KEY_FILES[name]);
  try {
    const { mode } = await stat(file);
    const open =
      process.platform !== "win32" && (mode & OTHERS_RIGHTS) !== 0
        ? [
            problem(
              "keys",
              `${file} may be read by others (${(mode & 0o777).toString(8)})`,
              "a file for its owner only (600)",
              `chmod 600 ${file}`,
            ),
          ]
        : [];
    return { text: (await readFile(file, "utf8")).trim(), findings: open };
  } catch (thrown) {
    const isAbsent = thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
    if (isAbsent && !hasStore) return { text: null, findings: [ok("keys", `${KEY_FILES[name]}: the first start makes it`)] };
    return {
      text: null,
      findings: [
        problem("keys", `${file}: ${reasonOf(thrown)}`, `${opens}, in this file or in ${env}`, isAbsent ? lost : "let this user read it"),
      ],
    };
  }
};

/** A key's text made a key; null with the finding that says why it is none. */
const parsed = <T>(name: KeyName, from: string, text: string, parse: (text: string) => T): { key: T | null; finding: Finding } => {
  try {
    return { key: parse(text), finding: ok("keys", `${NAMES[name].opens}: from ${from}`) };
  } catch (thrown) {
    const { why } = toErrorInfo(thrown);
    return { key: null, finding: problem("keys", `${from} holds no such key: ${why}`, NAMES[name].opens, NAMES[name].lost) };
  }
};

const lookAtKey = async <T>(
  name: KeyName,
  config: Config,
  hasStore: boolean,
  parse: (text: string) => T,
): Promise<{ key: T | null; findings: Finding[] }> => {
  const { env, opens } = NAMES[name];
  const given = config[name];
  if (given === null && config.database_url !== null)
    return {
      key: null,
      findings: [problem("keys", `${env} is not set`, `${opens}: with DATABASE_URL every replica needs the same ones`, `set ${env}`)],
    };
  const read: Read = given === null ? await readKeyFile(name, config.data, hasStore) : { text: given, findings: [] };
  if (read.text === null) return { key: null, findings: read.findings };
  const { key, finding } = parsed(name, given === null ? join(config.data, KEY_FILES[name]) : env, read.text, parse);
  return { key, findings: [...read.findings, finding] };
};

export const lookAtKeys = async (config: Config, hasStore: boolean): Promise<{ ring: KeyRing | null; findings: Finding[] }> => {
  const ring = await lookAtKey("secret_keys", config, hasStore, readKeyRing);
  const token = await lookAtKey("token_key", config, hasStore, tokenKeyOf);
  return { ring: ring.key, findings: [...ring.findings, ...token.findings] };
};
