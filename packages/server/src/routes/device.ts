import type { device } from "@touchstone/core/routes/device";
import { writeAudit } from "../auth/audit.ts";
import { decideUnder, waitingUnder } from "../auth/device-approval.ts";
import { issueToken } from "../auth/tokens.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { askingDevice, beginDevice, EXPIRES_SECONDS, INTERVAL_SECONDS } from "../store/devices.ts";

const DAY_MS = 86_400_000;

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
    const { client_name, address, days, created_at } = await waitingUnder(context, query.user_code);
    return { client_name, address, days, created: created_at.toISOString() };
  },

  approve: async ({ body }, context) => {
    await decideUnder(context, body.user_code, body.approve);
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
