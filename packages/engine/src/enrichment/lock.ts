/**
 * A lock file that keeps two writers of one folder apart. It belongs to a process, not to a time: it is taken over only
 * when its process is certainly gone, because a busy process may be silent for long.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { whileBusy } from "./failure.ts";

/** `started` tells a process from a later one with the same id; null where the system does not say. */
const Holder = z.object({ pid: z.number().int(), host: z.string(), started: z.string().nullable() });
type Holder = z.infer<typeof Holder>;

/** Whether a process of this machine lives. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it lives, but belongs to somebody else.
    return codeOf(thrown) === "EPERM";
  }
};

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");

/** Ticks since boot at which a process began: field 22 of /proc/PID/stat (proc(5)), after the name in brackets. */
const startOf = (pid: number): string | null => {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch (thrown) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(codeOf(thrown))) return null;
    throw thrown;
  }
};

const parseHolder = (text: string): Holder | null => {
  try {
    return Holder.safeParse(JSON.parse(text)).data ?? null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
};

/** A lock that does not parse is one whose writing was cut off. Another machine's process cannot be asked: it counts as alive. */
const isStale = (text: string): boolean => {
  const holder = parseHolder(text);
  if (holder === null) return true;
  if (holder.host !== hostname()) return false;
  return !isAlive(holder.pid) || (holder.started !== null && startOf(holder.pid) !== holder.started);
};

const textOf = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return null;
    throw thrown;
  }
};

/** The file appears with its content or not at all. Systems without hard links get the second best. */
const createWhole = async (file: string, own: string, text: string): Promise<void> => {
  const handle = await open(own, "wx");
  await handle.writeFile(text);
  await handle.close();
  try {
    await link(own, file);
  } catch (thrown) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(thrown))) throw thrown;
    const direct = await open(file, "wx");
    await direct.writeFile(text);
    await direct.close();
  } finally {
    await rm(own, { force: true });
  }
};

/** Moves a stale lock away. Renaming is atomic: of two who see it, one gets it; whoever gets a live one puts it back. */
const removeStale = async (file: string, stale: string, aside: string): Promise<void> => {
  try {
    await rename(file, aside);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return;
    throw thrown;
  }
  if ((await readFile(aside, "utf8")) !== stale) await link(aside, file);
  await rm(aside, { force: true });
};

class Busy extends Error {
  readonly who: string;
  constructor(who: string) {
    super(who);
    this.who = who;
  }
}

const holderText = (text: string, file: string): string => {
  const holder = parseHolder(text);
  if (holder === null) return `it holds the lock ${file}`;
  const elsewhere = holder.host === hostname() ? "" : ` on ${holder.host}; if that one is gone, remove the file`;
  return `process ${holder.pid} holds the lock ${file}${elsewhere}`;
};

/** Of several who find a stale lock only one gets the next; the others come here again. */
const STALE_ROUNDS = 3;

const take = async (file: string): Promise<void> => {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) } satisfies Holder);
  for (let round = 1; ; round++) {
    const aside = `${file}.${process.pid}-${randomBytes(4).toString("hex")}`;
    try {
      return await createWhole(file, aside, own);
    } catch (thrown) {
      if (codeOf(thrown) !== "EEXIST") throw thrown;
    }
    const text = await textOf(file);
    if (text === null || isStale(text)) await removeStale(file, text ?? "", aside);
    else throw new Busy(holderText(text, file));
    if (round === STALE_ROUNDS) throw new Busy(`others are taking over the lock ${file}`);
  }
};

/** Who holds the lock file, in words; null when nobody does, or only a process that is gone. */
export const lockHolder = async (file: string): Promise<string | null> => {
  const text = await textOf(file);
  return text === null || isStale(text) ? null : holderText(text, file);
};

/** Files beside the lock of processes that were killed while they reached for it. */
const sweep = async (file: string): Promise<void> => {
  for (const entry of await readdir(dirname(file))) {
    const pid = entry.startsWith(`${basename(file)}.`) ? /\.(\d+)-[0-9a-f]{8}$/.exec(entry)?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(file), entry), { force: true });
  }
};

/**
 * Runs the work while holding the lock file; waits for another holder at most `waitMs`.
 * Throws TARGET_BUSY naming the holder, and what the work throws.
 */
export const withLock = async <T>(file: string, target: string, waitMs: number, work: () => Promise<T>): Promise<T> => {
  try {
    await whileBusy(
      waitMs,
      (thrown) => thrown instanceof Busy,
      () => take(file),
    );
  } catch (thrown) {
    throw thrown instanceof Busy ? userError("TARGET_BUSY", target, thrown.who) : thrown;
  }
  try {
    await sweep(file);
    return await work();
  } finally {
    await rm(file, { force: true });
  }
};
