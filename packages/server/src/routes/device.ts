import { userError } from "@touchstone/core/errors";
import type { device } from "@touchstone/core/routes/device";
import { CODE, countAttempt, forgetAttempts } from "../auth/attempts.ts";
import { writeAudit } from "../auth/audit.ts";
import { issueToken } from "../auth/tokens.ts";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { askingDevice, beginDevice, decideDevice, EXPIRES_SECONDS, INTERVAL_SECONDS, waitingDevice } from "../store/devices.ts";

const DAY_MS = 86_400_000;

/**
 * What waits under a code that a person typed. Guesses are counted by person. A token approves nothing: it could make itself
 * another that lives longer. Throws NOT_ALLOWED, OBJECT_UNKNOWN, TOO_MANY_REQUESTS.
 */
const typed = async ({ db, principal, services }: Context<Services>, userCode: string) => {
  if (principal.sessionId === undefined) throw userError("NOT_ALLOWED", "a session: sign in first");
  const key = `device codes of ${principal.userId}`;
  const { waitSeconds } = await countAttempt(db, key, CODE, services.now());
  if (waitSeconds > 0) throw userError("TOO_MANY_REQUESTS", `${CODE.free} codes a minute`, waitSeconds);
  const found = await waitingDevice(db, userCode, services.now());
  if (found === undefined) throw userError("OBJECT_UNKNOWN", "program waiting under the code", userCode);
  await forgetAttempts(db, key);
  return found;
};

export const deviceHandlers: Handlers<typeof device, Services> = {
  begin: async ({ body }, { db, services, caller }) => {
    const asked = { clientName: body.client_name, days: body.days, address: caller.address, now: services.now() };
    const { deviceCode, userCode } = await beginDevice(db, asked);
    const page = `${caller.origin}/device`;
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${userCode}`,
      expires_in: EXPIRES_SECONDS,
      interval: INTERVAL_SECONDS,
    };
  },

  look: async ({ query }, context) => {
    const { client_name, address, days, created_at } = await typed(context, query.user_code);
    return { client_name, address, days, created: created_at.toISOString() };
  },

  approve: async ({ body }, context) => {
    const { db, principal, services, requestId } = context;
    const { id, client_name, address } = await typed(context, body.user_code);
    await db.transaction().execute(async (at) => {
      const decision = body.approve ? { user_id: principal.userId } : { denied_at: services.now() };
      if (!(await decideDevice(at, id, decision))) throw userError("OBJECT_UNKNOWN", "program waiting under the code", body.user_code);
      const event = body.approve ? "device.approve" : "device.deny";
      await writeAudit(at, { event, principal, object: client_name, requestId, detail: { address } });
    });
    return undefined;
  },

  poll: ({ body }, { db, services, requestId }) =>
    db.transaction().execute(async (at) => {
      const now = services.now();
      const row = await askingDevice(at, body.device_code);
      if (row === undefined || row.expires_at <= now) return { status: "expired" };
      if (row.denied_at !== null) return { status: "denied" };
      if (row.user_id === null) {
        const soon = row.last_polled_at !== null && now.getTime() - row.last_polled_at.getTime() < (INTERVAL_SECONDS - 1) * 1000;
        await at.updateTable("device_login").set({ last_polled_at: now }).where("id", "=", row.id).execute();
        return { status: soon ? "slow_down" : "pending" };
      }
      await at.deleteFrom("device_login").where("id", "=", row.id).execute();
      const user = at.selectFrom("user").where("id", "=", row.user_id).where("disabled_at", "is", null).select(["id", "email"]);
      const person = await user.executeTakeFirst();
      if (person === undefined) return { status: "denied" };
      const expiresAt = new Date(now.getTime() + row.days * DAY_MS);
      const { id, token } = await issueToken(at, services.tokenKey, { userId: person.id, name: row.client_name, expiresAt });
      const principal = { userId: person.id, email: person.email };
      await writeAudit(at, { event: "token.create", principal, object: id, requestId, detail: { device: row.client_name } });
      return { status: "approved", token, expires_at: expiresAt.toISOString() };
    }),
};
