/** What a connection is given when nobody says otherwise, in one place. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, homedir, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import type { ConnectOptions } from "./connector.ts";

const GIB = 1024 ** 3;
/** Of the machine's memory, and at most this much: the operating system's file cache wants the rest. */
const MEMORY_SHARE = 0.7;
const MEMORY_BYTES_MAX = 2 * GIB;
const TEMP_BYTES_MAX = 50 * GIB;

/** Of the machine, or of the container where it has less; 0 and very large numbers say that it has no limit. */
const memoryThere = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);

const memoryDefault = (): string => `${Math.floor(Math.min(MEMORY_BYTES_MAX, memoryThere() * MEMORY_SHARE) / 1024 ** 2)}MiB`;

/** Options with the defaults filled in: 2 GiB (or 70 % of a smaller machine), all cores, a folder below the system's temp folder, UTC. */
export const connectDefaults = (given: Partial<ConnectOptions> = {}): ConnectOptions => ({
  memory: given.memory ?? memoryDefault(),
  threads: given.threads ?? availableParallelism(),
  tempFolder: given.tempFolder ?? join(tmpdir(), "touchstone"),
  tempBytesMax: given.tempBytesMax ?? TEMP_BYTES_MAX,
  timeZone: given.timeZone ?? "UTC",
  environment: given.environment,
  signal: given.signal,
});

/** Where DuckDB looks for extensions: `<folder>/v<engine version>/<platform>/<name>.duckdb_extension`. */
export const extensionFolder = (): string => process.env["TOUCHSTONE_EXTENSIONS"] ?? join(homedir(), ".touchstone", "extensions");

const OWN_FOLDER = /^slot-(\d+)-/;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it lives, but belongs to somebody else.
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
};

const sweepStale = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const pid = OWN_FOLDER.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
};

/** A new folder for one slot below `parent`. What processes that are gone left there is removed first. */
export const makeTempFolder = (parent: string): string => {
  mkdirSync(parent, { recursive: true });
  sweepStale(parent);
  return mkdtempSync(join(parent, `slot-${process.pid}-`));
};
