import { userError } from "@touchstone/core/errors";
import type { Database } from "./database.ts";

/**
 * An installation without an administrator could not be mended through the API. The rows of all administrators are locked, so
 * that two of them cannot be taken at once. Throws OBJECT_STATE_WRONG where this one is the last.
 */
export const keepAnAdministrator = async (db: Database, { id, name }: { id: number; name: string }): Promise<void> => {
  const admins = await db
    .selectFrom("user")
    .where("role", "=", "Admin")
    .where("kind", "=", "person")
    .where("disabled_at", "is", null)
    .select("id")
    .orderBy("id")
    .forUpdate()
    .execute();
  if (admins.every((admin) => admin.id === id)) throw userError("OBJECT_STATE_WRONG", "user", name, "there is no other administrator");
};
