/**
 * The tokens of servers that somebody logged in at: one file in the user's configuration folder (XDG Base Directory Specification),
 * which nobody else may read. Where the last login was, commands go when no server is named.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { writeWhole } from "../whole-file.ts";

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

const Login = z.object({
  token: z.string(),
  /** Null where the server did not say. */
  expires_at: z.string().nullable(),
  /** File of the authority that was named at the login. */
  authority: z.string().nullable(),
});
export type Login = z.infer<typeof Login>;

const Kept = z.object({ current: z.string().nullable(), servers: z.record(z.string(), Login) });
export type Kept = z.infer<typeof Kept>;

export const credentialsFile = (environment: NodeJS.ProcessEnv = process.env): string => {
  const named = environment["XDG_CONFIG_HOME"];
  return join(named === undefined || named === "" ? join(homedir(), ".config") : named, "touchstone", "servers.json");
};

const isAbsent = (thrown: unknown): boolean => thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";

/** Throws SOURCE_UNREADABLE for a file that is damaged: a login must not be lost silently. */
export const readCredentials = (file = credentialsFile()): Kept => {
  try {
    return Kept.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (thrown) {
    if (isAbsent(thrown)) return { current: null, servers: {} };
    throw userError("SOURCE_UNREADABLE", file, "it is not as touchstone login writes it; delete it and log in again");
  }
};

const write = (kept: Kept, file: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER });
  writeWhole(file, [`${JSON.stringify(kept, null, 2)}\n`], OWNER_ONLY);
};

export const keepLogin = (server: string, login: Login, file = credentialsFile()): void => {
  const { servers } = readCredentials(file);
  write({ current: server, servers: { ...servers, [server]: login } }, file);
};

export const forgetLogin = (server: string, file = credentialsFile()): void => {
  const { current, servers } = readCredentials(file);
  const left = Object.fromEntries(Object.entries(servers).filter(([name]) => name !== server));
  write({ current: current === server ? null : current, servers: left }, file);
};
