/**
 * Fresh migrated stores for tests, in a fraction of the time that making one takes: the first test of a schema leaves a copy in the
 * system's temporary folder, and the others start from it.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { memoryStore, migrate, storeOver, type Store } from "./store/database.ts";

const MIGRATIONS = join(import.meta.dirname, "store", "migrations");

/** The copy's name tells the schema it is of: one that changed is another file. */
const copyFile = (): string => {
  const hash = createHash("sha256");
  for (const name of readdirSync(MIGRATIONS).toSorted()) hash.update(readFileSync(join(MIGRATIONS, name)));
  return join(tmpdir(), `touchstone-trial-${hash.digest("hex").slice(0, 16)}.tar`);
};

/** An embedded store in memory with the whole schema and nothing in it. */
export const trialStore = async (): Promise<Store> => {
  const file = copyFile();
  if (existsSync(file)) return storeOver(await PGlite.create({ loadDataDir: new Blob([await readFile(file)]) }));
  const store = await memoryStore();
  await migrate(store.db);
  if (store.backend.kind === "embedded") {
    const copy = await store.backend.pglite.dumpDataDir("none");
    const unfinished = `${file}.${process.pid}`;
    await writeFile(unfinished, Buffer.from(await copy.arrayBuffer()));
    await rename(unfinished, file);
  }
  return store;
};
