import { users } from "@touchstone/core/routes/users";
import { printOne } from "../service/listing.ts";
import { openSession, reachServer, SERVER_OPTIONS, tokenGiven } from "../service/session.ts";
import type { Command } from "./command.ts";

/** The first thing to look at when a command says that one may not. */
const command: Command = {
  usage: "whoami",
  summary: "say at which server one is logged in, as whom",
  docs: "Asks the server who it takes the caller for: name, role, teams, and until when the login lasts.",
  options: [...SERVER_OPTIONS, { flags: "--json", docs: "as JSON" }],
  examples: ["touchstone whoami", "touchstone whoami --json"],
  run: async (_args, values, terminal) => {
    const client = openSession(values, terminal);
    const me = await client.ask(users.me);
    const { login } = reachServer(values, terminal);
    const until = tokenGiven(values) === undefined ? (login?.expires_at ?? null) : null;
    printOne(
      { server: client.server, ...me, login_until: until },
      [
        ["server", client.server],
        ["user", `${me.name} <${me.email}>${me.kind === "service" ? ", a service user" : ""}`],
        ["role", me.role],
        ["teams", me.teams.map(({ name }) => name).join(", ") || "none"],
        ["login", until === null ? "by a token" : `until ${until.slice(0, 10)}`],
      ],
      { values, stdout: terminal.stdout },
    );
    return 0;
  },
};
export default command;
