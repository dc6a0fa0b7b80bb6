import { z } from "zod";
import type { Database } from "./database.ts";

/** Settings that the installation makes itself; null forgets one. */
export type SettingName = "setup_code_hash" | "installation_id";

export const readSetting = async (db: Database, name: SettingName): Promise<unknown> => {
  const row = await db.selectFrom("setting").where("name", "=", name).select("value").executeTakeFirst();
  return z.unknown().parse(row?.value) ?? null;
};

export const writeSetting = async (db: Database, name: SettingName, value: unknown): Promise<void> => {
  const text = JSON.stringify(value);
  await db
    .insertInto("setting")
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: text }))
    .execute();
};
