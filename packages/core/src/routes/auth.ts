import { z } from "zod";
import { ID, PUBLIC, Role, route, SIGNED_IN } from "./contract.ts";
import { Email, Password } from "./setup.ts";

/** A password as it was typed: whether it may be one was looked at when it was set. */
const Typed = z.string().min(1).max(1000);

/** Who a browser is signed in as. */
export const SignedIn = z
  .object({
    user: z.object({ id: z.number().int(), email: z.string(), name: z.string(), role: Role }),
    session: z.object({ id: z.number().int(), expires_at: z.string() }),
  })
  .meta({ id: "SignedIn" });

export const Session = z
  .object({
    id: z.number().int(),
    /** Whether it is the one that asks. */
    current: z.boolean(),
    /** `password`, or the identity provider's name. */
    how: z.string(),
    address: z.string(),
    agent: z.string(),
    created: z.string(),
    last_used: z.string(),
    expires_at: z.string(),
  })
  .meta({ id: "Session" });

export const auth = {
  login: route({
    method: "POST",
    path: "/auth/login",
    summary: "Signs a browser in with e-mail address and password; the session comes as a cookie",
    needs: PUBLIC,
    body: z.object({ email: Email, password: Typed }),
    output: SignedIn,
    audits: ["session.create", "session.refuse", "session.lock"],
    errors: ["SIGN_IN_FAILED", "CROSS_SITE_REFUSED"],
  }),
  logout: route({
    method: "POST",
    path: "/auth/logout",
    summary: "Ends the session that asks",
    needs: SIGNED_IN,
    audit: "session.end",
  }),
  password: route({
    method: "PUT",
    path: "/auth/password",
    summary: "Changes the caller's own password, and ends their other sessions",
    needs: SIGNED_IN,
    body: z.object({ current_password: Typed, new_password: Password }),
    audits: ["password.change", "password.refuse"],
    errors: ["SIGN_IN_FAILED", "NOT_ALLOWED"],
  }),
  sessions: route({
    method: "GET",
    path: "/auth/sessions",
    summary: "The caller's sessions, the last used first; an administrator may name another user",
    needs: SIGNED_IN,
    query: z.object({ user: z.coerce.number().int().positive().optional() }),
    output: z.object({ items: z.array(Session) }),
    errors: ["NOT_ALLOWED"],
  }),
  revoke: route({
    method: "DELETE",
    path: "/auth/sessions/{id}",
    summary: "Ends a session of the caller; an administrator also those of others",
    needs: SIGNED_IN,
    params: ID,
    audit: "session.revoke",
  }),
};
