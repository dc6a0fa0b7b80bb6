import { UserError, userError } from "@touchstone/core/errors";
import { userTokens } from "@touchstone/core/routes/tokens";
import { users } from "@touchstone/core/routes/users";
import type { Client } from "@touchstone/core/client/client";
import { forgetLogin } from "../service/credentials.ts";
import { reachServer, REACH_OPTIONS } from "../service/session.ts";
import type { Command } from "./command.ts";

/** What was kept is worth nothing afterwards, here and on the server. */
const command: Command = {
  usage: "logout",
  summary: "end the login at a server, and its token",
  docs: "Revokes the token of the login and forgets it. A token that is not valid any more is forgotten just so; when the server cannot be reached, the token is kept, because it would still be worth something.",
  options: REACH_OPTIONS,
  examples: ["touchstone logout", "touchstone logout --server https://touchstone.example.org"],
  run: async (_args, values, terminal) => {
    const { server, login, clientWith } = reachServer(values, terminal);
    if (login === undefined) throw userError("LOGIN_NEEDED", server, "there was no login at it");
    const wasValid = await revokeOwn(clientWith(login.token));
    forgetLogin(server);
    terminal.stdout.write(`logged out at ${server}${wasValid ? "" : "; the token had ended before"}\n`);
    return 0;
  },
};
export default command;

const revokeOwn = async (client: Client): Promise<boolean> => {
  try {
    const { token_id } = await client.ask(users.me);
    if (token_id !== null) await client.ask(userTokens.revoke, { params: { id: token_id } });
    return true;
  } catch (thrown) {
    if (thrown instanceof UserError && thrown.info.code === "LOGIN_NEEDED") return false;
    throw thrown;
  }
};
