/**
 * Secrets that are only named: `${NAME}` is what the secrets manager of the connection holds under that name, else the environment's;
 * `file:/path` is a file's content. They are resolved here, where the dataplane runs, so that they never reach the control plane.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Reach } from "@touchstone/core/model/dataplane";

export type SecretSources = {
  environment: Readonly<Record<string, string | undefined>>;
  fetch: (
    url: string,
    options: { method: string; headers: Record<string, string>; body?: string; signal: AbortSignal },
  ) => Promise<Response>;
};

const SYSTEM: SecretSources = { environment: process.env, fetch: (url, options) => fetch(url, options) };

/** A secrets manager in the manner of Vault: sign in for a token, fetch with the token, and where in the answers each stands. */
const Manager = z.object({
  login_url: z.url().nullish(),
  credentials_payload: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  token_jsonpath: z.string().nullish(),
  secret_url: z.url(),
  token_header_name: z.string().nullish(),
  data_jsonpath: z.string().nullish(),
});
type Manager = z.infer<typeof Manager>;

const MANAGER_TIMEOUT_MS = 15_000;

/** The value at a path of plain steps: `$.auth.client_token`. */
export const atPath = (value: unknown, path: string): unknown =>
  path
    .replace(/^\$\.?/, "")
    .split(".")
    .filter((step) => step !== "")
    .reduce<unknown>((inner, step) => (inner !== null && typeof inner === "object" ? Reflect.get(inner, step) : undefined), value);

const call = async (sources: SecretSources, url: string, options: { method: string; headers: Record<string, string>; body?: string }) => {
  try {
    const response = await sources.fetch(url, { ...options, signal: AbortSignal.timeout(MANAGER_TIMEOUT_MS) });
    if (!response.ok) throw userError("SECRET_UNRESOLVED", new URL(url).host, `the secrets manager answered ${response.status}`);
    return (await response.json()) as unknown;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "UserError") throw thrown;
    throw userError("SECRET_UNRESOLVED", new URL(url).host, "the secrets manager could not be reached, or did not answer with JSON");
  }
};

/** What the secrets manager holds. */
const held = async (manager: Manager, payload: string | null, sources: SecretSources): Promise<Record<string, unknown>> => {
  const headers: Record<string, string> = { accept: "application/json" };
  if (manager.login_url != null) {
    const signedIn = await call(sources, manager.login_url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: payload ?? "{}",
    });
    const token = atPath(signedIn, manager.token_jsonpath ?? "$.auth.client_token");
    if (typeof token !== "string") throw userError("SECRET_UNRESOLVED", "token", "there is none at the place the connection names");
    headers[manager.token_header_name ?? "X-Vault-Token"] = token;
  }
  const data = atPath(await call(sources, manager.secret_url, { method: "GET", headers }), manager.data_jsonpath ?? "$.data");
  return data !== null && typeof data === "object" ? { ...data } : {};
};

const fromFile = async (path: string): Promise<string> => {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch {
    throw userError("SECRET_UNRESOLVED", `file:${path}`, "the file cannot be read");
  }
};

const resolve = async (value: string, known: Readonly<Record<string, unknown>>, { environment }: SecretSources): Promise<string> => {
  if (value.startsWith("file:/")) return fromFile(value.slice("file:".length));
  const name = /^\$\{([^}]+)\}$/.exec(value)?.[1]?.trim();
  if (name === undefined) return value;
  const found = known[name] ?? environment[name];
  if (found === undefined) throw userError("SECRET_UNRESOLVED", value, "neither the secrets manager nor the environment has it");
  return String(found);
};

const payloadOf = async ({ secrets, settings }: Reach, manager: Manager, sources: SecretSources): Promise<string | null> => {
  const given = secrets["credentials_payload"] ?? manager.credentials_payload ?? settings["credentials_payload"];
  if (typeof given !== "string") return given == null ? null : JSON.stringify(given);
  return resolve(given, {}, sources);
};

/** The datastore with every reference replaced by what it names. Throws SECRET_UNRESOLVED. */
export const withSecrets = async (reach: Reach, sources: SecretSources = SYSTEM): Promise<Reach> => {
  const manager = Manager.safeParse(reach.settings["secrets_manager"]);
  const known = manager.success ? await held(manager.data, await payloadOf(reach, manager.data, sources), sources) : {};
  const named: Record<string, string> = Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (SECRET_NAMES.includes(name) && typeof value === "string" ? [[name, value]] : [])),
  );
  const secrets: Record<string, string> = { ...named };
  for (const [name, value] of Object.entries(reach.secrets)) secrets[name] = await resolve(value, known, sources);
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(reach.settings))
    settings[name] = typeof value === "string" ? await resolve(value, known, sources) : value;
  return { ...reach, settings, secrets };
};

/** Secrets that a manager may hold under the name the connection has for them. */
const SECRET_NAMES = ["password", "passphrase", "access_key", "secret_key"];
