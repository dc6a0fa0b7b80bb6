/**
 * Fresh migrated stores for tests: embedded, or a database of its own on the server that TOUCHSTONE_TRIAL_STORE names. The first
 * embedded one of a schema leaves a copy, and the others start from it in a fraction of the time.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { memoryStore, migrate, openEmbedded, openStore, storeOver, type Store } from "../store/database.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "store", "migrations");

/** Copies are kept beside the compiled files, and named after what is in them. */
const COPIES = join(import.meta.dirname, "..", "..", "..", "..", "node_modules", ".cache");
const PGLITE = join(dirname(fileURLToPath(import.meta.resolve("@electric-sql/pglite"))), "..", "package.json");

const digest = (files: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
};
const filesOfSchema = (): string[] =>
  readdirSync(MIGRATIONS)
    .toSorted()
    .map((name) => join(MIGRATIONS, name));

/** The store of which there is a copy, or one that is prepared anew and copied. */
const embedded = async (kind: string, of: readonly string[], prepare: (store: Store) => Promise<unknown>): Promise<Store> => {
  const file = join(COPIES, `${kind}-store-${digest([PGLITE, ...of])}.tar`);
  if (existsSync(file)) return storeOver(await openEmbedded({ loadDataDir: new Blob([await readFile(file)]) }));
  const store = await memoryStore();
  await prepare(store);
  if (store.backend.kind !== "embedded") return store;
  const copy = await store.backend.pglite.dumpDataDir("none");
  await mkdir(COPIES, { recursive: true });
  // Whole or not there: others may be starting.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await copy.arrayBuffer()));
  await rename(unfinished, file);
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
  if (SERVER === "") return embedded("trial", filesOfSchema(), ({ db }) => migrate(db));
  const store = await onServer(SERVER);
  await migrate(store.db);
  return store;
};

/** A store without a schema. */
export const bareStore = (): Promise<Store> => (SERVER === "" ? embedded("bare", [], () => Promise.resolve()) : onServer(SERVER));
