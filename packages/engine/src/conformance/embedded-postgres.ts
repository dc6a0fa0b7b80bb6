/** Postgres inside this process for fast tests: PGlite behind a socket, so that the real driver and connector are used. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

export type EmbeddedPostgres = {
  /** Of its only database; one connection at a time works. */
  url: string;
  /** Statements of an administrator, past the read-only session. */
  admin: (sql: string) => Promise<void>;
  stop: () => Promise<void>;
};

/** Making an empty database costs four times what loading a copy of one does: the first of a version leaves one beside the compiled files. */
const emptyDatabase = async (): Promise<PGlite> => {
  const manifest = readFileSync(join(dirname(fileURLToPath(import.meta.resolve("@electric-sql/pglite"))), "..", "package.json"), "utf8");
  const version = String((JSON.parse(manifest) as { version: string }).version);
  const folder = join(import.meta.dirname, "..", "..", "..", "..", "node_modules", ".cache");
  const file = join(folder, `empty-postgres-${version}.tar`);
  if (existsSync(file)) return PGlite.create({ loadDataDir: new Blob([await readFile(file)]) });
  const database = await PGlite.create();
  const copy = await database.dumpDataDir("none");
  await mkdir(folder, { recursive: true });
  // Whole or not there: others may be starting.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await copy.arrayBuffer()));
  await rename(unfinished, file);
  return database;
};

/**
 * Starts an empty database, about half a second. Limits: statements block the event loop while they run, a second connection waits
 * for the first one's transaction, and nothing can be cancelled.
 */
export const startEmbeddedPostgres = async (): Promise<EmbeddedPostgres> => {
  const database = await emptyDatabase();
  // Port 0: the system picks a free one.
  const server = new PGLiteSocketServer({ db: database, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await server.start();
  return {
    url: `postgres://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`,
    admin: async (sql) => {
      await database.exec(sql);
    },
    stop: async () => {
      await server.stop();
      await database.close();
    },
  };
};
