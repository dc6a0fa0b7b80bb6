import type { Database } from "./database.ts";

export type Person = { id: number; name: string; email: string };

/** People by id, of whatever list of ids; nobody is left out of what is there. */
export const peopleOf = async (db: Database, ids: readonly (number | null)[]): Promise<Map<number, Person>> => {
  const known = [...new Set(ids.filter((id) => id !== null))];
  if (known.length === 0) return new Map();
  const rows = await db.selectFrom("user").where("id", "in", known).select(["id", "name", "email"]).execute();
  return new Map(rows.map((row) => [row.id, row]));
};
