/**
 * Fresh migrated stores for tests: embedded, or a database of its own on the server that TOUCHSTONE_TRIAL_STORE names. The first
 * embedded one of a schema leaves a copy, and the others start from it in a fraction of the time.
 */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "pg";
import { migrate, openEmbedded, openStore, storeOver, type Store } from "../store/database.ts";
import { openQueue } from "../work/queue.ts";

const run = promisify(execFile);

const MIGRATIONS = join(import.meta.dirname, "..", "store", "migrations");

/** Copies are kept beside the compiled files, and named after what is in them. */
const COPIES = join(import.meta.dirname, "..", "..", "..", "..", "node_modules", ".cache");
const packageOf = (name: string): string => join(dirname(fileURLToPath(import.meta.resolve(name))), "..", "package.json");
const PGLITE = packageOf("@electric-sql/pglite");
const QUEUE = join(import.meta.dirname, "..", "work", "queue.ts");

const digest = (files: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
};
const filesOfSchema = (): string[] =>
  readdirSync(MIGRATIONS)
    .toSorted()
    .map((name) => join(MIGRATIONS, name));

/** Path of the copy of a store; where there is none yet, one is prepared and copied. */
const copyOf = async (kind: string, of: readonly string[], prepare: (store: Store) => Promise<unknown>): Promise<string> => {
  const file = join(COPIES, `${kind}-store-${digest([PGLITE, ...of])}.tar`);
  if (existsSync(file)) return file;
  const pglite = await openEmbedded();
  await prepare(storeOver(pglite));
  const copy = await pglite.dumpDataDir("none");
  await pglite.close();
  await mkdir(COPIES, { recursive: true });
  // Whole or not there: others may be starting.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await copy.arrayBuffer()));
  await rename(unfinished, file);
  return file;
};

/** With the queue's schema, which costs more than ours. */
const migratedCopy = (): Promise<string> =>
  copyOf("trial", [...filesOfSchema(), QUEUE, packageOf("pg-boss")], async (store) => {
    await migrate(store.db);
    const fail = (thrown: unknown): never => {
      throw thrown;
    };
    await (await openQueue(store, fail)).close();
  });

const embedded = async (copy: string): Promise<Store> => storeOver(await openEmbedded({ loadDataDir: new Blob([await readFile(copy)]) }));

/**
 * Puts a store with the whole schema into the data folder of a service, as its first start leaves it: who starts one there to test something else
 * does not pay for the seconds that an engine takes to make its files (packages/cli/src/start.e2e.test.ts tests that it does).
 */
export const layStore = async (dataFolder: string): Promise<void> => {
  const place = join(dataFolder, "store");
  await mkdir(place, { recursive: true });
  await run("tar", ["--extract", "--file", await migratedCopy(), "--directory", place]);
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
  if (SERVER === "") return embedded(await migratedCopy());
  const store = await onServer(SERVER);
  await migrate(store.db);
  return store;
};

/** A store without a schema. */
export const bareStore = async (): Promise<Store> =>
  SERVER === "" ? embedded(await copyOf("bare", [], () => Promise.resolve())) : onServer(SERVER);
