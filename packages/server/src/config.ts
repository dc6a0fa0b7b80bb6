/**
 * The settings of the control plane: one list, from which the flags of `touchstone start`, the environment variables, their
 * documentation and the chart's values are made.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { readNetwork } from "./http/addresses.ts";

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().positive();
const words = z.string().transform((text) => text.split(/[\s,]+/).filter((word) => word !== ""));
const networks = words.transform((list, context) =>
  list.flatMap((word) => {
    const network = readNetwork(word);
    if (network === null) context.addIssue({ code: "custom", message: "each is an address, or a network such as 10.0.0.0/8" });
    return network ?? [];
  }),
);
const origin = z.url({ protocol: /^https?$/ }).transform((text, context) => {
  const { origin: own, pathname, search } = new URL(text);
  if (pathname !== "/" || search !== "") context.addIssue({ code: "custom", message: "it has no path" });
  return own;
});

/** A setting: where it is read from, what it means, what it may be, and what it is when nobody says. */
type Setting<T extends z.ZodType = z.ZodType> = {
  env: string;
  /** `--flag <value>` of the command; absent for what must not stand on a command line. */
  flag?: string;
  docs: string;
  type: T;
  default: string | null;
  secret?: true;
};

const setting = <T extends z.ZodType>(definition: Setting<T>): Setting<T> => definition;

export const SETTINGS = {
  port: setting({
    env: "TOUCHSTONE_PORT",
    flag: "--port <number>",
    docs: "port to listen on; 0 takes a free one",
    type: port,
    default: "8420",
  }),
  host: setting({
    env: "TOUCHSTONE_HOST",
    flag: "--host <address>",
    docs: "address to listen on",
    type: z.string().min(1),
    default: "127.0.0.1",
  }),
  data: setting({
    env: "TOUCHSTONE_DATA",
    flag: "--data <folder>",
    docs: "folder of the embedded store and of the keys this installation makes for itself",
    type: z.string().min(1),
    default: join(homedir(), ".touchstone"),
  }),
  database_url: setting({
    env: "DATABASE_URL",
    docs: "postgres:// URL of the metadata store; without it an embedded one in the data folder is used",
    type: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "it is a postgres:// URL")
      .nullable(),
    default: null,
    secret: true,
  }),
  secret_keys: setting({
    env: "TOUCHSTONE_SECRET_KEYS",
    docs: "keys that seal stored secrets, `id:base64` of 32 bytes each, the current one first; without it one is made in the data folder",
    type: z.string().nullable(),
    default: null,
    secret: true,
  }),
  token_key: setting({
    env: "TOUCHSTONE_TOKEN_KEY",
    docs: "key that signs tokens, at least 32 bytes in base64; without it one is made in the data folder",
    type: z.string().nullable(),
    default: null,
    secret: true,
  }),
  demo: setting({
    env: "TOUCHSTONE_DEMO",
    docs: "whether a datastore of real data is made to look at: auto says yes at the first start of a store of its own with a dataplane of its own",
    type: z.enum(["auto", "yes", "no"]),
    default: "auto",
  }),
  dataplanes: setting({
    env: "TOUCHSTONE_DATAPLANES",
    docs: "folder with a file for each dataplane that belongs to this installation: its name is the dataplane's, its text the token (tsdp_…)",
    type: z.string().min(1).nullable(),
    default: null,
  }),
  migrate: setting({
    env: "TOUCHSTONE_MIGRATE",
    docs: "who brings the schema of the store up to date: start, each process that starts; never, somebody else, who is waited for",
    type: z.enum(["start", "never"]),
    default: "start",
  }),
  base_url: setting({
    env: "TOUCHSTONE_BASE_URL",
    flag: "--base-url <url>",
    docs: "where browsers reach this installation, such as https://quality.example.org; sign-in with identity providers needs it",
    type: origin.nullable(),
    default: null,
  }),
  secure_cookies: setting({
    env: "TOUCHSTONE_SECURE_COOKIES",
    docs: "whether cookies are for https only: auto says yes where the base URL, or else the request, is https",
    type: z.enum(["auto", "always", "never"]),
    default: "auto",
  }),
  trusted_proxies: setting({
    env: "TOUCHSTONE_TRUSTED_PROXIES",
    docs: "addresses and networks of proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas",
    type: networks,
    default: "",
  }),
  session_idle_minutes: setting({
    env: "TOUCHSTONE_SESSION_IDLE_MINUTES",
    docs: "minutes after which a browser that does nothing is signed out",
    type: count.min(2, "uses of a session are written down once a minute"),
    default: "120",
  }),
  session_hours: setting({
    env: "TOUCHSTONE_SESSION_HOURS",
    docs: "hours after which a browser is signed out in any case",
    type: count,
    default: "24",
  }),
  outbound_allow: setting({
    env: "TOUCHSTONE_OUTBOUND_ALLOW",
    docs: "host names, addresses and networks of your own that identity providers may be at, separated by commas; others must be public",
    type: words,
    default: "",
  }),
  outbound_authority: setting({
    env: "TOUCHSTONE_OUTBOUND_CA",
    docs: "PEM file of certificate authorities to trust besides the known ones where identity providers are asked",
    type: z.string().min(1).nullable(),
    default: null,
  }),
  tls_cert: setting({
    env: "TOUCHSTONE_TLS_CERT",
    flag: "--tls-cert <file>",
    docs: "PEM file of this installation's own certificate and those between it and its authority; then it answers by https itself",
    type: z.string().min(1).nullable(),
    default: null,
  }),
  tls_key: setting({
    env: "TOUCHSTONE_TLS_KEY",
    flag: "--tls-key <file>",
    docs: "PEM file of the certificate's private key",
    type: z.string().min(1).nullable(),
    default: null,
  }),
  internal_port: setting({
    env: "TOUCHSTONE_INTERNAL_PORT",
    docs: "port of a second listener at the same address, by https, for dataplanes and whoever else is in the same network; it is there where it has a certificate",
    type: port,
    default: "8443",
  }),
  internal_tls_cert: setting({
    env: "TOUCHSTONE_INTERNAL_TLS_CERT",
    docs: "PEM file of the second listener's certificate and those between it and its authority; read again when it changes",
    type: z.string().min(1).nullable(),
    default: null,
  }),
  internal_tls_key: setting({
    env: "TOUCHSTONE_INTERNAL_TLS_KEY",
    docs: "PEM file of that certificate's private key",
    type: z.string().min(1).nullable(),
    default: null,
  }),
  requests_per_second: setting({
    env: "TOUCHSTONE_REQUESTS_PER_SECOND",
    docs: "requests a second that one token (or address without one) may make, five seconds of them at once",
    type: count,
    default: "50",
  }),
  log_level: setting({
    env: "TOUCHSTONE_LOG_LEVEL",
    flag: "--log-level <level>",
    docs: "how much is logged",
    type: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
    default: "info",
  }),
  drain_seconds: setting({
    env: "TOUCHSTONE_DRAIN_SECONDS",
    docs: "seconds that requests under way have to end when the process is told to stop",
    type: count,
    default: "20",
  }),
};

export type SettingName = keyof typeof SETTINGS;
export type Config = { readonly [K in SettingName]: z.output<(typeof SETTINGS)[K]["type"]> };

/** What was given on the command line, by name of the setting. */
export type Flags = Readonly<Partial<Record<SettingName, string>>>;
type Environment = Readonly<Record<string, string | undefined>>;

export type SettingFault = { env: string; reason: string };
type Read = { name: string; value: unknown; fault: SettingFault | null };

/** Each setting read by itself: a flag goes before the environment, and what is not usable is as if nobody had said it. */
const readEach = (flags: Flags, env: Environment): Read[] =>
  Object.entries(SETTINGS).map(([name, { env: variable, type, default: usual }]) => {
    const given = Reflect.get(flags, name) ?? (env[variable] === "" ? undefined : env[variable]);
    const result = type.safeParse(given ?? usual);
    if (result.success) return { name, value: result.data, fault: null };
    // The value itself may be a secret, so it is not repeated.
    const reason = result.error.issues[0]?.message ?? "it is not of the right kind";
    return { name, value: type.parse(usual), fault: { env: variable, reason } };
  });

const configFrom = (read: readonly Read[]): Config => {
  const entries = read.map(({ name, value }) => [name, value]);
  return Object.freeze(Object.fromEntries(entries));
};

/** The settings. Throws SETTING_INVALID for the first that is not usable. */
export const readConfig = (flags: Flags, env: Environment): Config => {
  const read = readEach(flags, env);
  const fault = read.find((one) => one.fault !== null)?.fault;
  if (fault) throw userError("SETTING_INVALID", fault.env, fault.reason);
  return configFrom(read);
};

/** The settings without those that are not usable, and what is wrong with each of these. */
export const readUsable = (flags: Flags, env: Environment): { config: Config; faults: SettingFault[] } => {
  const read = readEach(flags, env);
  return { config: configFrom(read), faults: read.flatMap(({ fault }) => fault ?? []) };
};
