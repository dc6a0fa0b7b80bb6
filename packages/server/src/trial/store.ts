/**
 * Fresh migrated stores for tests: embedded, or a database of its own on the server that TOUCHSTONE_TRIAL_STORE names. The first
 * embedded one of a schema leaves a copy in the system's temporary folder, and the others start from it in a fraction of the time.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { memoryStore, migrate, openEmbedded, openStore, storeOver, type Store } from "../store/database.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "store", "migrations");

/** The copy's name tells the schema it is of: one that changed is another file. */
const copyFile = (): string => {
  const hash = createHash("sha256");
  for (const name of readdirSync(MIGRATIONS).toSorted()) hash.update(readFileSync(join(MIGRATIONS, name)));
  return join(tmpdir(), `touchstone-trial-${hash.digest("hex").slice(0, 16)}.tar`);
};

const embedded = async (): Promise<Store> => {
  const file = copyFile();
  if (existsSync(file)) return storeOver(await openEmbedded({ loadDataDir: new Blob([await readFile(file)]) }));
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

/** A database of its own on a server, gone when it is closed. */
const onServer = async (server: string): Promise<Store> => {
  const name = `trial_${randomBytes(6).toString("hex")}`;
  const administrate = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await administrate(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const store = await openStore({ url: url.href, folder: "" });
  return {
    ...store,
    close: async () => {
      await store.close();
      await administrate(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
};

const SERVER = process.env["TOUCHSTONE_TRIAL_STORE"] ?? "";

/** A store with the whole schema and nothing in it. */
export const trialStore = async (): Promise<Store> => {
  if (SERVER === "") return embedded();
  const store = await onServer(SERVER);
  await migrate(store.db);
  return store;
};

/** A store without a schema. */
export const bareStore = (): Promise<Store> => (SERVER === "" ? memoryStore() : onServer(SERVER));
