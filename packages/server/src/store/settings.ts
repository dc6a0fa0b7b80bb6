import { z } from "zod";
import type { Database } from "./database.ts";

/** Facts that the installation keeps about itself; null forgets one. */
export type FactName = "setup_code_hash" | "installation_id" | "demo";

export const readSetting = async (db: Database, name: FactName): Promise<unknown> => {
  const row = await db.selectFrom("setting").where("name", "=", name).select("value").executeTakeFirst();
  return z.unknown().parse(row?.value) ?? null;
};

export const writeSetting = async (db: Database, name: FactName, value: unknown): Promise<void> => {
  const text = JSON.stringify(value);
  await db
    .insertInto("setting")
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: text }))
    .execute();
};
