import { sql } from "kysely";
import type { Database } from "./database.ts";
import { prepared } from "./prepared.ts";

export type Person = { id: number; name: string; email: string };

const byId = prepared({ ids: "bigint[]" }, (db, given) =>
  db
    .selectFrom("user")
    .where("id", "=", sql<number>`ANY(${given("ids")})`)
    .select(["id", "name", "email"]),
);

/** People by id, of whatever list of ids; nobody is left out of what is there. */
export const peopleOf = async (db: Database, ids: readonly (number | null)[]): Promise<Map<number, Person>> => {
  const known = [...new Set(ids.filter((id) => id !== null))];
  if (known.length === 0) return new Map();
  const rows = await byId(db, { ids: known });
  return new Map(rows.map((row) => [row.id, row]));
};
