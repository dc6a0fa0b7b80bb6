/** What a person sees and decides of a program that asks for a token of theirs: the same for the API and for the page. */
import { userError } from "@touchstone/core/errors";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { decideDevice, waitingDevice } from "../store/devices.ts";
import { CODE, countAttempt, forgetAttempts } from "./attempts.ts";
import { writeAudit } from "./audit.ts";

/** Who decides, and where it is written down. */
export type Deciding = Pick<Context<Services>, "db" | "principal" | "services" | "requestId">;

const nothingUnder = (userCode: string) => userError("OBJECT_UNKNOWN", "program waiting under the code", userCode);

/**
 * What waits under a code that a person typed. Guesses are counted by person. A token approves nothing: it could make itself
 * another that lives longer. Throws NOT_ALLOWED, OBJECT_UNKNOWN, TOO_MANY_REQUESTS.
 */
export const waitingUnder = async ({ db, principal, services }: Deciding, userCode: string) => {
  if (principal.sessionId === undefined) throw userError("NOT_ALLOWED", "a session: sign in first");
  const key = `device codes of ${principal.userId}`;
  const { waitSeconds } = await countAttempt(db, key, CODE, services.now());
  if (waitSeconds > 0) throw userError("TOO_MANY_REQUESTS", `${CODE.free} codes a minute`, waitSeconds);
  const found = await waitingDevice(db, userCode, services.now());
  if (found === undefined) throw nothingUnder(userCode);
  await forgetAttempts(db, key);
  return found;
};

export type Waiting = Awaited<ReturnType<typeof waitingUnder>>;

/** Approves or denies what waits under a code, once, and writes it down. Throws as `waitingUnder` does. */
export const decideUnder = async (deciding: Deciding, userCode: string, isApproved: boolean): Promise<Waiting> => {
  const { db, principal, services, requestId } = deciding;
  const waiting = await waitingUnder(deciding, userCode);
  const { id, client_name, address } = waiting;
  await db.transaction().execute(async (at) => {
    const decision = isApproved ? { user_id: principal.userId } : { denied_at: services.now() };
    if (!(await decideDevice(at, id, decision))) throw nothingUnder(userCode);
    const event = isApproved ? "device.approve" : "device.deny";
    await writeAudit(at, { event, principal, object: client_name, requestId, detail: { address } });
  });
  return waiting;
};
