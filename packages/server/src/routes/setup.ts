import { timingSafeEqual } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import type { setup } from "@touchstone/core/routes/setup";
import { CODE, countAttempt } from "../auth/attempts.ts";
import { writeAudit } from "../auth/audit.ts";
import { hashPassword } from "../auth/passwords.ts";
import { digest, issueToken } from "../auth/tokens.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { readSetting, writeSetting } from "../store/settings.ts";

/** Days the first token lives: long enough to set the installation up. */
const FIRST_TOKEN_DAYS = 30;
const DAY_MS = 86_400_000;

const sameText = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));

/** Throws OBJECT_EXISTS when there is an administrator already, NOT_ALLOWED when the code is another. */
const requireCode = async (db: Database, code: string): Promise<void> => {
  const expected = await readSetting(db, "setup_code_hash");
  if (typeof expected !== "string") throw userError("OBJECT_EXISTS", "administrator", "of this installation");
  if (!sameText(expected, digest(code.trim()))) throw userError("NOT_ALLOWED", "the set-up code that was printed at the first start");
};

export const setupHandlers: Handlers<typeof setup, Services> = {
  first: async ({ body }, { db, services, requestId }) => {
    const { waitSeconds } = await countAttempt(db, "set-up code", CODE, services.now());
    if (waitSeconds > 0) throw userError("TOO_MANY_REQUESTS", `${CODE.free} guesses a minute`, waitSeconds);
    await requireCode(db, body.code);
    const password_hash = await hashPassword(body.password);
    return db.transaction().execute(async (at) => {
      // Once more, now that no other can come between.
      await at.selectFrom("setting").where("name", "=", "setup_code_hash").select("name").forUpdate().execute();
      await requireCode(at, body.code);
      await writeSetting(at, "setup_code_hash", null);
      const user = await at
        .insertInto("user")
        .values({ email: body.email, name: body.name, role: "Admin", kind: "person", password_hash })
        .returning("id")
        .executeTakeFirstOrThrow();
      const expiresAt = new Date(services.now().getTime() + FIRST_TOKEN_DAYS * DAY_MS);
      const issued = await issueToken(at, services.tokenKey, { userId: user.id, name: "set-up", expiresAt });
      await writeAudit(at, { event: "setup.first", principal: { userId: user.id, email: body.email }, object: user.id, requestId });
      return { ...issued, expires_at: expiresAt.toISOString() };
    });
  },
};
