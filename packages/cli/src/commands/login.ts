import { hostname } from "node:os";
import { resolve } from "node:path";
import { users } from "@touchstone/core/routes/users";
import { keepLogin } from "../service/credentials.ts";
import { deviceLogin } from "../service/device-login.ts";
import { hiddenAnswer } from "../service/ask-person.ts";
import { passwordLogin } from "../service/password-login.ts";
import { pausing } from "../service/pause.ts";
import { reachServer, SERVER_OPTIONS, tokenGiven, type Reached } from "../service/session.ts";
import { text, type Command, type Terminal, type Values } from "./command.ts";
import { whole } from "./settings.ts";

const DAYS = 30;
const DAYS_MAX = 90;
/** Longest name that a server takes of a program. */
const NAME_CHARACTERS_MAX = 100;

/** A token for this machine, kept where only its user can read it. */
const command: Command = {
  usage: "login",
  summary: "log in at a server, by a code that is approved in a browser or with a token",
  docs:
    "Prints an address and a code, and waits until somebody who is signed in there approves it. The token that comes back is kept in the user's configuration folder, readable by nobody else; " +
    "other commands use it, and the server of the last login where none is named. With --email the password is asked for here (or taken from TOUCHSTONE_PASSWORD), and no browser is needed. With --token or TOUCHSTONE_TOKEN that token is tried and kept instead; where nothing may be kept, as in CI, " +
    "TOUCHSTONE_SERVER and TOUCHSTONE_TOKEN do without a login.",
  options: [
    ...SERVER_OPTIONS,
    { flags: "--email <address>", docs: "sign in with a password instead of in a browser" },
    { flags: "--days <n>", docs: "how long the login lasts", default: String(DAYS) },
  ],
  examples: [
    "touchstone login --server https://touchstone.example.org",
    "touchstone login --server http://127.0.0.1:8420 --email you@example.org",
    "TOUCHSTONE_TOKEN=… touchstone login --server https://touchstone.example.org",
  ],
  run: async (_args, values, terminal) => {
    const reached = reachServer(values, terminal);
    const { server, authority, clientWith } = reached;
    warnOfPlainHttp(server, terminal);
    const { token, expires_at } = await newToken(reached, values, terminal);
    const { email, role } = await clientWith(token).ask(users.me);
    keepLogin(server, { token, expires_at, authority: authority === undefined ? null : resolve(authority) });
    terminal.stdout.write(
      `logged in at ${server} as ${email} (${role})${expires_at === null ? "" : ` until ${expires_at.slice(0, 10)}`}\n`,
    );
    return 0;
  },
};
export default command;

type Issued = { token: string; expires_at: string | null };

const newToken = async (reached: Reached, values: Values, terminal: Terminal): Promise<Issued> => {
  const token = tokenGiven(values);
  if (token !== undefined) return { token, expires_at: null };
  const asked = {
    clientName: `touchstone on ${hostname()}`.slice(0, NAME_CHARACTERS_MAX),
    days: whole(values, "days", 1, DAYS_MAX) ?? DAYS,
  };
  const email = text(values, "email");
  if (email === undefined) return byDevice(reached, asked, terminal);
  const password = process.env["TOUCHSTONE_PASSWORD"] ?? (await hiddenAnswer(`Password of ${email} at ${reached.server}: `, terminal));
  return passwordLogin(reached, { ...asked, email, password });
};

const byDevice = ({ clientWith }: Reached, asked: { clientName: string; days: number }, { stdout, signal }: Terminal): Promise<Issued> =>
  deviceLogin(clientWith(null), {
    ...asked,
    wait: pausing(signal),
    onCode: ({ url, urlWithCode, code, minutes }) =>
      void stdout.write(`Open ${urlWithCode}\nor ${url} and enter the code ${code}\nwithin ${minutes} minutes. Waiting …\n`),
  });

const LOOPBACK = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/;

const warnOfPlainHttp = (server: string, { stderr }: Terminal): void => {
  if (server.startsWith("http:") && !LOOPBACK.test(server))
    stderr.write(`warning: ${server} is not https: whoever is on the way can read the token\n`);
};
