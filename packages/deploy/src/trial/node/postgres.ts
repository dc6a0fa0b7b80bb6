/** A Postgres outside of the cluster, in the rack: the store on one address, a datastore on another. */
import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../real/programs.ts";
import type { Addresses } from "./addresses.ts";
import type { Sandbox } from "./sandbox.ts";

const run = promisify(execFile);

const PROGRAMS = "/usr/lib/postgresql/15/bin";
const USER = "postgres";
const PASSWORD = "trial";
const PORT = 5432;

/** Why there is none here; null where there is. */
export const postgresAbsent = (): string | null =>
  existsSync(join(PROGRAMS, "postgres")) ? null : `${PROGRAMS} has no postgres (apt-get install postgresql)`;

export type Postgres = {
  /** It has no TLS, which pods would ask for. */
  storeUrl: string;
  /** Asks a database, and answers what psql prints: rows without headings. */
  ask: (database: string, sql: string) => Promise<string>;
};

const asUser = (program: string, ...args: string[]): [string, string[]] => [
  "setpriv",
  ["--reuid", USER, "--regid", USER, "--init-groups", "--", join(PROGRAMS, program), ...args],
];

/** Starts it with two databases, `store` and `warehouse`. */
export const startPostgres = async (rack: Sandbox, { rack: store, datastore }: Addresses): Promise<Postgres> => {
  const folder = join(rack.folder, "postgres");
  const data = join(folder, "data");
  await mkdir(folder, { recursive: true });
  await run("chown", [USER, folder]);
  // Its user passes through the folders above, and lists none.
  for (const above of [rack.folder, join(rack.folder, "..")]) await chmod(above, 0o711);
  await writeFile(join(folder, "password"), `${PASSWORD}\n`);
  await run("chmod", ["644", join(folder, "password")]);
  const [init, initArgs] = asUser("initdb", "--no-sync", "--auth=scram-sha-256", `--pwfile=${join(folder, "password")}`, "--pgdata", data);
  await run(init, initArgs, { cwd: "/" });
  await writeFile(join(data, "pg_hba.conf"), "host all all all scram-sha-256\n");
  const settings = { listen_addresses: `${store},${datastore}`, unix_socket_directories: "", fsync: "off", shared_buffers: "64MB" };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [program, args] = asUser("postgres", "-D", data, ...flags);
  const running = { ...rack.start(program, args), program: "postgres" };
  const ask = async (database: string, sql: string): Promise<string> => {
    const env = { ...process.env, PGPASSWORD: PASSWORD };
    const connection = ["--host", store, "--port", String(PORT), "--username", USER, "--dbname", database];
    return (await run(join(PROGRAMS, "psql"), [...connection, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql], { env })).stdout.trim();
  };
  await until(async () => (await ask("postgres", "SELECT 1")) === "1", "Postgres", [running]);
  for (const database of ["store", "warehouse"]) await ask("postgres", `CREATE DATABASE ${database}`);
  return { ask, storeUrl: `postgres://${USER}:${PASSWORD}@${store}:${PORT}/store?sslmode=disable` };
};
