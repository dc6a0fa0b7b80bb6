/**
 * Dataplanes that were there before the control plane: whoever installs both makes their tokens, and gives each side what it needs.
 * Nothing is carried from one to the other afterwards, so an installation is one step and can be written down.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { userError } from "@touchstone/core/errors";
import type { Database } from "../store/database.ts";
import { digest } from "./tokens.ts";

/** As long as those that are made here; a scanner for secrets knows them by the same beginning. */
const TOKEN = /^tsdp_[\w-]{32,}$/;

const wrong = (why: string) => userError("SETTING_INVALID", "TOUCHSTONE_DATAPLANES", why);

/** Names and tokens in the folder. Files that begin with a dot are not ours: Kubernetes keeps its own there. */
const readTokens = async (folder: string): Promise<{ name: string; token: string }[]> => {
  const names = await readdir(folder).catch(() => {
    throw wrong(`the folder ${folder} cannot be read`);
  });
  return Promise.all(
    names
      .filter((name) => !name.startsWith("."))
      .map(async (name) => {
        const token = (await readFile(join(folder, name), "utf8")).trim();
        if (!TOKEN.test(token)) throw wrong(`the file ${name} does not hold tsdp_ and at least 32 letters, digits, - or _`);
        return { name, token };
      }),
  );
};

/** Makes the dataplanes of the folder known, with the tokens in it. One that was revoked stays so. Throws SETTING_INVALID. */
export const declareDataplanes = async (db: Database, folder: string | null): Promise<{ revoked: string[] }> => {
  if (folder === null) return { revoked: [] };
  const rows = (await readTokens(folder)).map(({ name, token }) => ({ name, token_hash: digest(token) }));
  if (rows.length === 0) return { revoked: [] };
  if (new Set(rows.map(({ token_hash }) => token_hash)).size < rows.length) throw wrong("two of its files hold the same token");
  await db
    .insertInto("dataplane")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column("name")
        .doUpdateSet({ token_hash: sql`excluded.token_hash` })
        .where("dataplane.revoked_at", "is", null),
    )
    .execute();
  const names = rows.map(({ name }) => name);
  const revoked = await db.selectFrom("dataplane").where("name", "in", names).where("revoked_at", "is not", null).select("name").execute();
  return { revoked: revoked.map(({ name }) => name) };
};
