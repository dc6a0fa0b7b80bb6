/** Programs that wait for a person's approval. The store has digests of both codes, so a copy of it approves nothing. */
import { randomBytes, randomInt } from "node:crypto";
import { digest } from "../auth/tokens.ts";
import type { Database } from "./database.ts";

/** Consonants without those that read alike or spell words (RFC 8628 §6.1): 20^8 codes, guessed at five a minute. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const LETTERS_COUNT = 8;
const DEVICE_CODE_BYTES = 32;
export const EXPIRES_SECONDS = 600;
/** Between two questions of a program. */
export const INTERVAL_SECONDS = 5;

/** As it is compared: people leave out the dash, and type small letters. */
const plainCode = (code: string): string => code.toUpperCase().replaceAll(/[^A-Z]/g, "");

export const beginDevice = async (
  db: Database,
  { clientName, days, address, now }: { clientName: string; days: number; address: string; now: Date },
): Promise<{ deviceCode: string; userCode: string }> => {
  const deviceCode = randomBytes(DEVICE_CODE_BYTES).toString("base64url");
  const letters = Array.from({ length: LETTERS_COUNT }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  await db.deleteFrom("device_login").where("expires_at", "<", now).execute();
  await db
    .insertInto("device_login")
    .values({
      device_code_hash: digest(deviceCode),
      user_code_hash: digest(letters),
      client_name: clientName,
      address,
      days,
      created_at: now,
      expires_at: new Date(now.getTime() + EXPIRES_SECONDS * 1000),
    })
    .execute();
  return { deviceCode, userCode: `${letters.slice(0, 4)}-${letters.slice(4)}` };
};

/** What waits under a code and was neither approved nor denied. */
export const waitingDevice = (db: Database, userCode: string, now: Date) =>
  db
    .selectFrom("device_login")
    .where("user_code_hash", "=", digest(plainCode(userCode)))
    .where("expires_at", ">", now)
    .where("user_id", "is", null)
    .where("denied_at", "is", null)
    .select(["id", "client_name", "address", "days", "created_at"])
    .executeTakeFirst();

/** Decides once: of two who do it at the same moment one comes too late. */
export const decideDevice = async (db: Database, id: number, decision: { user_id: number } | { denied_at: Date }): Promise<boolean> => {
  const decided = db
    .updateTable("device_login")
    .set(decision)
    .where("id", "=", id)
    .where("user_id", "is", null)
    .where("denied_at", "is", null);
  return (await decided.executeTakeFirst()).numUpdatedRows > 0n;
};

/** The row of a program that asks, locked until its answer is written. */
export const askingDevice = (db: Database, deviceCode: string) =>
  db.selectFrom("device_login").where("device_code_hash", "=", digest(deviceCode)).selectAll().forUpdate().executeTakeFirst();
