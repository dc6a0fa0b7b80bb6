/** Enrichment tables in a DuckDB database file: one transaction per operation. The file is held only while it is written. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, constants, link, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { userError } from "@touchstone/core/errors";
import { extensionFolder, makeTempFolder } from "../connectors/defaults.ts";
import { duckdb } from "../dialects/duckdb.ts";
import { openSlot } from "../slot/slot.ts";
import type { Slot } from "../slot/slot.ts";
import { syncPath } from "./commit.ts";
import { duckdbStore, duckdbText } from "./duckdb-store.ts";
import { isLocked, targetFailure, whileBusy } from "./failure.ts";
import { isAlive } from "./lock.ts";
import { replacing } from "./replacement.ts";
import { checkTables, replaceTable, writeTables } from "./sql-store.ts";
import type { SqlStore } from "./sql-store.ts";
import type { EnrichmentTarget, TargetOptions, WriteOptions } from "./target.ts";

const CATALOG = "target";

const openDatabase = (file: string, name: string, options: TargetOptions): Promise<Slot> =>
  openSlot(
    {
      memory: options.memory,
      threads: options.threads,
      tempFolder: makeTempFolder(options.tempFolder),
      tempBytesMax: options.tempBytesMax,
      target: name,
      setup: [`ATTACH ${duckdbText(file)} AS ${CATALOG} (READ_WRITE)`],
      allowedPaths: [],
      allowedDirectories: [],
      extensionFolder: extensionFolder(),
    },
    duckdb,
  );

/** Opens the database, does the work, closes it whatever happens. A lock of another process is waited for. */
const withDatabase = async (file: string, name: string, options: TargetOptions, work: (slot: Slot) => Promise<void>): Promise<void> => {
  const slot = await whileBusy(options.waitMs, isLocked, () => openDatabase(file, name, options));
  try {
    await work(slot);
  } finally {
    await slot.close();
  }
};

/** What puts rows into the tables; it may be asked twice, when another writer was first to make the file. */
type Fill = (store: SqlStore) => Promise<void>;

/** Without a commit the engine's death rolls back, so a failure needs no ROLLBACK. DETACH writes the log into the file. */
const writeInto = (file: string, name: string, options: TargetOptions, fill: Fill, { signal }: WriteOptions): Promise<void> =>
  withDatabase(file, name, options, async (slot) => {
    await slot.session.run("BEGIN");
    await fill(duckdbStore(slot, CATALOG, name, { signal }));
    await slot.session.run("COMMIT", { signal });
    await slot.session.run(`DETACH ${CATALOG}`);
  });

const NEW = /\.(\d+)-[0-9a-f]{8}\.new(\.wal)?$/;

/** Unfinished new databases of processes that are gone. */
const sweepUnfinished = async (file: string): Promise<void> => {
  for (const entry of await readdir(dirname(file))) {
    const pid = NEW.exec(entry)?.[1];
    if (pid !== undefined && entry.startsWith(`${basename(file)}.`) && !isAlive(Number(pid)))
      await rm(join(dirname(file), entry), { force: true });
  }
};

/** Fails with EEXIST when the file is there already; systems without hard links cannot tell, and rename. */
const putInPlace = async (unfinished: string, file: string): Promise<void> => {
  try {
    await link(unfinished, file);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(String(thrown.code))))
      throw thrown;
    await rename(unfinished, file);
  }
};

/**
 * A new database is filled under another name and then linked to its own: a kill while the engine lays out an empty file
 * would leave one that no engine opens. False when another writer was first.
 */
const createWith = async (file: string, name: string, options: TargetOptions, fill: Fill, writing: WriteOptions): Promise<boolean> => {
  const unfinished = `${file}.${process.pid}-${randomBytes(4).toString("hex")}.new`;
  try {
    await writeInto(unfinished, name, options, fill, writing);
    await syncPath(unfinished);
    await putInPlace(unfinished, file);
    await syncPath(dirname(file));
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  } finally {
    await rm(unfinished, { force: true });
    await rm(`${unfinished}.wal`, { force: true });
  }
};

const filling = async (file: string, name: string, options: TargetOptions, fill: Fill, writing: WriteOptions): Promise<void> => {
  await sweepUnfinished(file);
  if (!existsSync(file) && (await createWith(file, name, options, fill, writing))) return;
  await writeInto(file, name, options, fill, writing);
};

/** Says early what would fail after a long scan. Leaves nothing behind. */
const probe = async (file: string, name: string, options: TargetOptions): Promise<void> => {
  if (!existsSync(file)) {
    const folder = await stat(dirname(file));
    if (!folder.isDirectory()) throw userError("TARGET_READ_ONLY", name, "a file stands where a folder is needed");
    return access(dirname(file), constants.W_OK | constants.X_OK);
  }
  await withDatabase(file, name, options, (slot) => checkTables(duckdbStore(slot, CATALOG, name, {}), options.prefix));
};

const explained = async (name: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (thrown) {
    throw targetFailure(thrown, name);
  }
};

/** Opens a `*.duckdb` file as a target; it is made at the first write. Throws TARGET_READ_ONLY, TARGET_BUSY, TARGET_TABLE_FOREIGN. */
export const openDuckdbTarget = async (path: string, options: TargetOptions): Promise<EnrichmentTarget> => {
  const file = resolve(path);
  await explained(path, () => probe(file, path, options));
  const fill = (work: Fill, writing: WriteOptions): Promise<void> => explained(path, () => filling(file, path, options, work, writing));
  return {
    kind: "duckdb",
    name: path,
    prefix: options.prefix,
    write: (write, writing = {}) => fill((store) => writeTables(store, write), writing),
    replace: (replacement, writing = {}) => replacing(replacement, (own) => fill((store) => replaceTable(store, own), writing)),
  };
};
