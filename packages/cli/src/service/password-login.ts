/**
 * A login with a password and without a browser: a session is opened, approves what this program itself asks for, and is ended. The
 * token is like that of every other login, and lasts when the session is gone.
 */
import { refusal } from "@touchstone/core/client/refusal";
import { userError } from "@touchstone/core/errors";
import { auth } from "@touchstone/core/routes/auth";
import { CSRF_HEADER } from "@touchstone/core/routes/contract";
import { device } from "@touchstone/core/routes/device";
import type { Reached } from "./session.ts";

const SILENCE_MS = 60_000;

/** The cookie of a new session. Throws SIGN_IN_FAILED, and what else the server refuses. */
const sessionCookie = async (
  { server, transport }: Pick<Reached, "server" | "transport">,
  email: string,
  password: string,
): Promise<string> => {
  const received = await transport.send({
    method: auth.login.method,
    path: `/api${auth.login.path}`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
    silenceMs: SILENCE_MS,
  });
  const text = await received.text();
  if (received.status >= 300) throw refusal(server, received.status, text);
  const [cookie = ""] = (received.header("set-cookie") ?? "").split(";");
  if (cookie === "") throw userError("SERVER_ANSWER_ODD", server, "the sign-in came without a session");
  return cookie;
};

export const passwordLogin = async (
  reached: Pick<Reached, "server" | "transport" | "clientWith">,
  { email, password, clientName, days }: { email: string; password: string; clientName: string; days: number },
): Promise<{ token: string; expires_at: string }> => {
  const session = reached.clientWith(null, { cookie: await sessionCookie(reached, email, password), [CSRF_HEADER]: "1" });
  try {
    const program = reached.clientWith(null);
    const { device_code, user_code } = await program.ask(device.begin, { body: { client_name: clientName, days } });
    await session.ask(device.approve, { body: { user_code, approve: true } });
    const answer = await program.ask(device.poll, { body: { device_code } });
    if (answer.status === "approved") return answer;
    throw userError("LOGIN_ENDED", reached.server, `it is ${answer.status}`);
  } finally {
    await session.ask(auth.logout);
  }
};
