/** Checks of which somebody has said what they were: held against what they are, before the same transaction changes or archives them. */
import { sql } from "kysely";
import { userError } from "@touchstone/core/errors";
import { stable } from "@touchstone/core/rules/check-difference";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { checkRows } from "../store/checks.ts";
import type { Database } from "../store/database.ts";
import { editCheck } from "./edit.ts";
import { isArchived } from "./kept.ts";
import { exported } from "./portable.ts";
import { lockCheck } from "./save.ts";

type Named = { container: string; uid: string };
type Expected = Named & { form: Record<string, unknown> | null };

/** Checks that an error names; more are counted. */
const NAMED_MAX = 20;

const keyOf = ({ container, uid }: Named): string => JSON.stringify([container, uid]);

/** The checks of these names that are not archived; nobody else changes them, or makes one in their containers, until the transaction ends. */
const lockedRows = async (db: Database, datastoreId: number, named: readonly Named[]) => {
  if (named.length === 0) return [];
  const containers = [...new Set(named.map(({ container }) => container))];
  await sql`SELECT 1 FROM container WHERE datastore_id = ${datastoreId} AND name IN (${sql.join(containers)}) ORDER BY id FOR UPDATE`.execute(
    db,
  );
  await sql`SELECT 1 FROM "check" WHERE container_id IN (SELECT id FROM container WHERE datastore_id = ${datastoreId} AND name IN (${sql.join(containers)}))
    ORDER BY id FOR UPDATE`.execute(db);
  const wanted = new Set(named.map(keyOf));
  const rows = await checkRows(db).where("container.datastore_id", "=", datastoreId).where("container.name", "in", containers).execute();
  return rows.filter(
    ({ container_name, uid, status }) => !isArchived(status) && wanted.has(keyOf({ container: container_name ?? "", uid })),
  );
};

/** Throws CHECKS_CHANGED with the checks that are not as they are expected. */
export const requireUnchanged = async (db: Database, datastoreId: number, expected: readonly Expected[]): Promise<void> => {
  const rows = await lockedRows(db, datastoreId, expected);
  const forms = await exported(db, rows);
  const now = new Map(rows.map(({ container_name, uid }, i) => [keyOf({ container: container_name ?? "", uid }), stable(forms[i])]));
  const changed = expected.filter((one) => now.get(keyOf(one)) !== (one.form === null ? undefined : stable(one.form)));
  if (changed.length === 0) return;
  const names = changed.slice(0, NAMED_MAX).map(({ container, uid }) => `${container}: ${uid}`);
  throw userError("CHECKS_CHANGED", names, changed.length - names.length);
};

/** Archives checks, those that are not archived yet; answers how many. */
export const retire = async (context: Context<Services>, datastoreId: number, named: readonly Named[]): Promise<number> => {
  const rows = await lockedRows(context.db, datastoreId, named);
  for (const { id } of rows) await editCheck(context, await lockCheck(context.db, id), { status: "Discarded" });
  return rows.length;
};
