/** Which server a command asks, and as whom: flags before the environment, and that before the last login. */
import { openClient, type Client } from "@touchstone/core/client/client";
import type { Transport } from "@touchstone/core/client/transport";
import { userError } from "@touchstone/core/errors";
import { text, type Option, type Terminal, type Values } from "../commands/command.ts";
import { VERSION } from "../version.ts";
import { readCredentials, type Login } from "./credentials.ts";
import { httpTransport } from "./http-transport.ts";

export const REACH_OPTIONS: readonly Option[] = [
  { flags: "--server <url>", docs: "the server; or TOUCHSTONE_SERVER; else that of the last login" },
  {
    flags: "--authority <file>",
    docs: "certificate authority of the company, in PEM, to trust besides the known ones; or TOUCHSTONE_AUTHORITY",
  },
];

/** What every command takes that speaks to a server. */
export const SERVER_OPTIONS: readonly Option[] = [
  ...REACH_OPTIONS,
  { flags: "--token <token>", docs: "a token instead of the login's; better in TOUCHSTONE_TOKEN, where other users do not see it" },
];

const given = (values: Values, name: string, variable: string): string | undefined => {
  const said = text(values, name) ?? process.env[variable];
  return said === undefined || said === "" ? undefined : said;
};

export const tokenGiven = (values: Values): string | undefined => given(values, "token", "TOUCHSTONE_TOKEN");

export type Reached = {
  server: string;
  login: Login | undefined;
  authority: string | undefined;
  transport: Transport;
  clientWith: ClientWith;
};
/** A client with a token, or with headers that say who asks. */
type ClientWith = (token: string | null, headers?: Readonly<Record<string, string>>) => Client;

/** `usual` is the server that is meant when nobody names one, before that of the last login. Throws SERVER_UNNAMED, OPTION_INVALID. */
export const reachServer = (values: Values, { signal }: Pick<Terminal, "signal">, usual?: string): Reached => {
  const { current, servers } = readCredentials();
  const named = given(values, "server", "TOUCHSTONE_SERVER") ?? usual ?? current;
  if (named === null) throw userError("SERVER_UNNAMED");
  const login = servers[named.replace(/\/+$/, "")];
  const authority = given(values, "authority", "TOUCHSTONE_AUTHORITY") ?? login?.authority ?? undefined;
  const transport = httpTransport({ server: named, authority });
  const { server } = transport;
  const clientWith: ClientWith = (token, headers = {}) =>
    openClient({ server, token, transport, headers, agent: `touchstone/${VERSION}`, signal });
  return { server, login: login ?? servers[server], authority, transport, clientWith };
};

/** A client that says who asks. Throws LOGIN_NEEDED besides. */
export const openSession = (values: Values, terminal: Pick<Terminal, "signal">, usual?: string): Client => {
  const { server, login, clientWith } = reachServer(values, terminal, usual);
  const token = tokenGiven(values);
  if (token !== undefined) return clientWith(token);
  if (login === undefined) throw userError("LOGIN_NEEDED", server, "there was no login at it yet");
  if (login.expires_at !== null && Date.parse(login.expires_at) <= Date.now())
    throw userError("LOGIN_NEEDED", server, `the login ended on ${login.expires_at.slice(0, 10)}`);
  return clientWith(login.token);
};
