import { userError } from "@touchstone/core/errors";
import type { auth } from "@touchstone/core/routes/auth";
import { noteAudit, writeAudit } from "../auth/audit.ts";
import { hashPassword } from "../auth/passwords.ts";
import { hasRole } from "../auth/principal.ts";
import { liveSessions, noSession } from "../auth/sessions.ts";
import { confirmPassword, signIn } from "../auth/sign-in.ts";
import { crossSiteSignIn } from "../http/cross-site.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";

export const authHandlers: Handlers<typeof auth, Services> = {
  login: async ({ body }, context) => {
    const refused = crossSiteSignIn(context.request, context.caller);
    if (refused !== null) throw userError("CROSS_SITE_REFUSED", refused);
    const { person, session } = await signIn(context, body.email, body.password);
    context.headers.append("set-cookie", session.setCookie);
    const { id, email, name, role } = person;
    return { user: { id, email, name, role }, session: { id: session.id, expires_at: session.expiresAt.toISOString() } };
  },

  logout: async (_, { db, principal, caller, headers }) => {
    if (principal.sessionId === undefined) throw userError("OBJECT_STATE_WRONG", "token", "of this request", "it is no session: revoke it");
    await db.deleteFrom("session").where("id", "=", principal.sessionId).execute();
    headers.append("set-cookie", noSession(caller));
    return undefined;
  },

  password: async ({ body }, context) => {
    const { db, principal, requestId } = context;
    // A token is handed to programs; whoever finds one must not become its owner for good.
    if (principal.sessionId === undefined) throw userError("NOT_ALLOWED", "a session: sign in first");
    if (!(await confirmPassword(context, principal.email, body.current_password))) {
      await noteAudit(db, { event: "password.refuse", principal, object: principal.userId, requestId });
      throw userError("SIGN_IN_FAILED");
    }
    const password_hash = await hashPassword(body.new_password);
    await db.transaction().execute(async (at) => {
      await at.updateTable("user").set({ password_hash }).where("id", "=", principal.userId).execute();
      await at.deleteFrom("session").where("user_id", "=", principal.userId).where("id", "!=", principal.sessionId!).execute();
      await writeAudit(at, { event: "password.change", principal, object: principal.userId, requestId });
    });
    return undefined;
  },

  sessions: async ({ query }, { db, principal, services }) => {
    const userId = query.user ?? principal.userId;
    if (userId !== principal.userId && !hasRole(principal, "Admin"))
      throw userError("NOT_ALLOWED", "the role Admin, for sessions of others");
    const rows = await liveSessions(db, userId, services.now(), services.sessions);
    return {
      items: rows.map(({ id, how, address, agent, created_at, last_used_at, expires_at }) => ({
        id,
        current: id === principal.sessionId,
        how,
        address,
        agent,
        created: created_at.toISOString(),
        last_used: last_used_at.toISOString(),
        expires_at: expires_at.toISOString(),
      })),
    };
  },

  revoke: async ({ params }, { db, principal }) => {
    let ended = db.deleteFrom("session").where("id", "=", params.id);
    if (!hasRole(principal, "Admin")) ended = ended.where("user_id", "=", principal.userId);
    const { numDeletedRows } = await ended.executeTakeFirst();
    if (numDeletedRows === 0n) throw userError("OBJECT_UNKNOWN", "session", String(params.id));
    return undefined;
  },
};
