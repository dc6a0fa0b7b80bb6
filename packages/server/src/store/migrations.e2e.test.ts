/**
 * Migrations of a store that is in use: nothing in it is lost or changed, the version before can go on writing, and a second run does nothing.
 * Whatever the migrations are: rows are made from the catalogue of each schema.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sql } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { columnsOf, contentOf, populate, type Column } from "../trial/populate.ts";
import { bareStore, trialStore } from "../trial/store.ts";
import { backup, DERIVED_COLUMNS, restore, tablesOf } from "./backup.ts";
import { migrate, type Database } from "./database.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { statements } from "./migrations/migration.ts";

type Migrations = Readonly<Record<string, Migration>>;

const bringTo = async (db: Database, migrations: Migrations, name: string): Promise<void> => {
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } }).migrateTo(name);
  if (error !== undefined) throw error;
};

/** What is wrong with the schema as it is now, for rows and for a writer of the one before; null when nothing. */
const faultOf = async (at: Database, known: readonly Column[], before: ReadonlyMap<string, string[]>): Promise<string | null> => {
  for (const [table, rows] of await contentOf(at, known))
    if (JSON.stringify(before.get(table)) !== JSON.stringify(rows)) return `${table} is not as it was`;
  // As the version before writes.
  await populate(at, known, 2);
  return null;
};

const names = Object.keys(MIGRATIONS).toSorted();

for (const [at, name] of names.entries())
  test(`${name}: a store that is in use stays as it is, and the version before can write to it`, async () => {
    const store = await bareStore();
    const { db } = store;
    if (at > 0) await bringTo(db, MIGRATIONS, names[at - 1]!);
    const known = await columnsOf(db);
    await db.transaction().execute((tx) => populate(tx, known, 1));
    const before = await contentOf(db, known);
    await bringTo(db, MIGRATIONS, name);
    assert.equal(await db.transaction().execute((tx) => faultOf(tx, known, before)), null);
    await store.close();
  });

for (const name of names.slice(0, -1))
  test(`a backup of a store that was at ${name} is restored into one of today`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "touchstone-migrations-"));
    const file = join(folder, "store.gz");
    const [old, today] = [await bareStore(), await trialStore()];
    await bringTo(old.db, MIGRATIONS, name);
    const known = await columnsOf(old.db);
    await old.db.transaction().execute((tx) => populate(tx, known, 1));
    const held = new Set(await tablesOf(old.db));
    // The spelling of a text of JSON is not kept, what it says is.
    const columns = known.filter(({ table, name: own, type }) => held.has(table) && !DERIVED_COLUMNS.includes(own) && type !== "json");
    await backup(old.db, file);
    await restore(today.db, file);
    const [before, after] = [await contentOf(old.db, columns), await contentOf(today.db, columns)];
    for (const store of [old, today]) await store.close();
    await rm(folder, { recursive: true });
    assert.deepEqual(after, before);
  });

/** Migrations that somebody might write: what is said of them. */
const CASES: readonly { name: string; statements: readonly string[]; fault: RegExp | null }[] = [
  { name: "adds what may be empty", statements: [`ALTER TABLE tag ADD COLUMN icon text`], fault: null },
  { name: "adds what fills itself", statements: [`ALTER TABLE tag ADD COLUMN place integer NOT NULL DEFAULT 0`], fault: null },
  { name: "adds a table", statements: [`CREATE TABLE note (tag_id bigint NOT NULL REFERENCES tag DEFERRABLE)`], fault: null },
  {
    name: "adds what must be given",
    statements: [`ALTER TABLE token ADD COLUMN scope text NOT NULL DEFAULT ''`, `ALTER TABLE token ALTER COLUMN scope DROP DEFAULT`],
    fault: /null value in column "scope"/,
  },
  { name: "takes a column away", statements: [`ALTER TABLE tag DROP COLUMN category`], fault: /"category" does not exist/ },
  { name: "renames a table", statements: [`ALTER TABLE schedule RENAME TO timetable`], fault: /"schedule" does not exist/ },
  { name: "changes what is there", statements: [`UPDATE tag SET color = 'red'`], fault: /tag is not as it was/ },
  { name: "deletes", statements: [`DELETE FROM assertion`], fault: /assertion is not as it was/ },
];

/** Thrown to undo what was tried. */
class Undone extends Error {
  readonly fault: string | null;
  constructor(fault: string | null) {
    super("undone");
    this.fault = fault;
  }
}

/** What is wrong with some statements, on a store that has them for the moment only. */
const tried = async (db: Database, list: readonly string[], known: readonly Column[]): Promise<string | null> => {
  const content = await contentOf(db, known);
  try {
    return await db.transaction().execute(async (at): Promise<string | null> => {
      for (const statement of list) await sql.raw(statement).execute(at);
      throw new Undone(await faultOf(at, known, content));
    });
  } catch (thrown) {
    return thrown instanceof Undone ? thrown.fault : thrown instanceof Error ? thrown.message : String(thrown);
  }
};

test("migrated again, a populated store stays as it is; one that fails changes nothing; what must not be done is seen", async () => {
  const store = await bareStore();
  const { db } = store;
  assert.deepEqual(await migrate(db), names);
  const columns = await columnsOf(db);
  await db.transaction().execute((at) => populate(at, columns, 1));
  const content = await contentOf(db, columns);
  const empty = [...content].filter(([, rows]) => rows.length === 0).map(([table]) => table);
  assert.deepEqual(empty, [], "a table without a row");
  assert.deepEqual(await migrate(db), []);
  const broken = { ...MIGRATIONS, "9999-made-up": statements([`ALTER TABLE tag ADD COLUMN icon text`, `SELECT 1 / 0`]) };
  await assert.rejects(bringTo(db, broken, "9999-made-up"), /division by zero/);
  assert.deepEqual(await columnsOf(db), columns);
  assert.deepEqual(await contentOf(db, columns), content);
  for (const { name, statements: list, fault } of CASES) {
    const found = await tried(db, list, columns);
    if (fault === null) assert.equal(found, null, name);
    else assert.match(found ?? "nothing", fault, name);
  }
  const later = { ...MIGRATIONS, "9999-later": statements([`ALTER TABLE tag ADD COLUMN icon text`]) };
  await bringTo(db, later, "9999-later");
  assert.deepEqual(await migrate(db), [], "a version that somebody went back to has nothing to do");
  await store.close();
});
