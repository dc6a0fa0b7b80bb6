import { timingSafeEqual } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import type { setup } from "@touchstone/core/routes/setup";
import { hashPassword } from "../auth/passwords.ts";
import { digest, issueToken } from "../auth/tokens.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { readSetting, writeSetting } from "../store/settings.ts";

/** Days the first token lives: long enough to set the installation up. */
const FIRST_TOKEN_DAYS = 30;
const DAY_MS = 86_400_000;

const sameText = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));

export const setupHandlers: Handlers<typeof setup, Services> = {
  first: async ({ body }, { db, services }) => {
    const expected = await readSetting(db, "setup_code_hash");
    if (typeof expected !== "string") throw userError("OBJECT_EXISTS", "administrator", "of this installation");
    if (!sameText(expected, digest(body.code.trim())))
      throw userError("NOT_ALLOWED", "the set-up code that was printed at the first start");
    await writeSetting(db, "setup_code_hash", null);
    const user = await db
      .insertInto("user")
      .values({ email: body.email, name: body.name, role: "Admin", kind: "person", password_hash: await hashPassword(body.password) })
      .returning("id")
      .executeTakeFirstOrThrow();
    const expiresAt = new Date(Date.now() + FIRST_TOKEN_DAYS * DAY_MS);
    const issued = await issueToken(db, services.tokenKey, { userId: user.id, name: "set-up", expiresAt });
    return { ...issued, expires_at: expiresAt.toISOString() };
  },
};
