/** A Postgres server for the tests: the system's own binaries, a cluster in a temporary folder, gone at the end. */
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { targetOptions } from "./local-ground.ts";
import { openPostgresTarget } from "./postgres.ts";
import type { Ground } from "./target-cases.ts";

/** Folder of initdb and postgres, null on a machine without a server. */
export const serverBinaries = (): string | null => {
  const found = [
    ...globSync("/usr/lib/postgresql/*/bin/initdb"),
    ...(process.env["PATH"] ?? "").split(":").map((folder) => join(folder, "initdb")),
  ].find((path) => existsSync(path));
  return found === undefined ? null : dirname(found);
};

/** The server refuses to run as root: then it runs as the user postgres. */
const account = (): { uid?: number; gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

export type TestServer = {
  url: (user?: string) => string;
  stop: () => Promise<void>;
  admin: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
};

const START_TRIES = 100;

const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** `locale`: what initdb is told of it. */
export const startServer = async (binaries: string, locale: readonly string[] = ["--locale=C"]): Promise<TestServer> => {
  const who = account();
  const folder = mkdtempSync(join(tmpdir(), "touchstone-pg-"));
  if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
  const data = join(folder, "data");
  execFileSync(join(binaries, "initdb"), ["-D", data, "-U", "admin", "-A", "trust", "-E", "UTF8", ...locale, "--no-sync"], {
    ...who,
    stdio: "ignore",
    cwd: folder,
  });
  const port = await freePort();
  const server = spawn(join(binaries, "postgres"), ["-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1"], {
    ...who,
    stdio: "ignore",
    cwd: folder,
  });
  const exited = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const url = (user = "admin"): string => `postgres://${user}@127.0.0.1:${port}/postgres`;
  for (let i = 0; i < START_TRIES; i++) {
    try {
      await withClient(url(), (client) => client.query("SELECT 1"));
      break;
    } catch (thrown) {
      if (i === START_TRIES - 1) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    url,
    admin: (work) => withClient(url(), work),
    stop: async () => {
      server.kill("SIGINT");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

let grounds = 0;

/** A schema of its own per case. */
export const postgresGround = (server: TestServer) => async (): Promise<Ground> => {
  const schema = `Ground "${++grounds}"`;
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  const table = (name: string): string => `${quoted}."${name}"`;
  const ensure = `CREATE SCHEMA IF NOT EXISTS ${quoted}`;
  return {
    open: (prefix) => openPostgresTarget(`${server.url()}?schema=${encodeURIComponent(schema)}`, targetOptions(prefix)),
    read: (sql) =>
      server.admin(async (client) => {
        const { rows } = await client.query<(string | null)[]>({
          text: sql.replaceAll(/\{(\w+)\}/g, (_, name: string) => table(name)),
          rowMode: "array",
          types: { getTypeParser: () => asText },
        });
        return rows;
      }),
    makeForeign: (name) =>
      server.admin(async (client) => {
        await client.query(`${ensure}; DROP TABLE IF EXISTS ${table(name)}; CREATE TABLE ${table(name)} AS SELECT 1 AS x`);
      }),
    dropColumn: (name, column) =>
      server.admin(async (client) => {
        await client.query(`ALTER TABLE ${table(name)} DROP COLUMN ${column}`);
      }),
    close: () =>
      server.admin(async (client) => {
        await client.query(`DROP SCHEMA IF EXISTS ${quoted} CASCADE`);
      }),
  };
};

/** Postgres writes booleans as t and f: as the other engines do it. */
const asText = (value: string): string => (value === "t" ? "true" : value === "f" ? "false" : value);
