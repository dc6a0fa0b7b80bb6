/**
 * One worker on a deployment at a time: a file of its folder, renewed while the work goes on. Each lease has a number greater than all
 * before (its fence), and the next number is taken by creating its file, which only one can. A lease ends by itself, or at once when its
 * process on this machine is gone; whoever was slow finds a greater number and writes nothing more.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { FILES } from "./files.ts";

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const OWNER_ONLY = 0o600;

const Content = z.strictObject({
  version: z.literal(1),
  fence: z.int(),
  holder: z.string(),
  host: z.string(),
  pid: z.int(),
  until: z.number(),
});
type Content = z.infer<typeof Content>;

export type Lease = {
  fence: number;
  /** Aborted when somebody else has it. */
  lost: AbortSignal;
  /** Throws FLEET_LEASE_LOST. */
  check: () => void;
  release: () => void;
};

const nameOf = (fence: number): string => `lease-${fence}.json`;
const fencesIn = (folder: string): number[] =>
  readdirSync(folder)
    .flatMap((name) => /^lease-(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => b - a);

const read = (folder: string, fence: number): Content | null => {
  try {
    return Content.parse(JSON.parse(readFileSync(join(folder, nameOf(fence)), "utf8")));
  } catch (thrown) {
    // Taken away by whoever took a greater one.
    if (Reflect.get(Object(thrown), "code") === "ENOENT") return null;
    throw thrown;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return Reflect.get(Object(thrown), "code") === "EPERM";
  }
};

const isHeld = (content: Content | null, now: number): content is Content =>
  content !== null && content.until > now && (content.host !== hostname() || isAlive(content.pid));

/** Who has the lease on a folder; null when nobody does. */
export const leaseHolder = (folder: string, now = Date.now()): { holder: string; until: Date } | null => {
  const [newest] = fencesIn(folder);
  const content = newest === undefined ? null : read(folder, newest);
  return isHeld(content, now) ? { holder: content.holder, until: new Date(content.until) } : null;
};

/** Creates the file of that number with its whole content; false when somebody was faster. */
const create = (folder: string, content: Content): boolean => {
  const beside = join(folder, `lease.${process.pid}-${randomBytes(4).toString("hex")}`);
  writeFileSync(beside, JSON.stringify(content), { mode: OWNER_ONLY });
  try {
    linkSync(beside, join(folder, nameOf(content.fence)));
    return true;
  } catch (thrown) {
    if (Reflect.get(Object(thrown), "code") === "EEXIST") return false;
    throw thrown;
  } finally {
    rmSync(beside);
  }
};

/** Takes the lease on the folder of `name`. Throws FLEET_LEASED. */
export const takeLease = (folder: string, name: string, holder: string): Lease => {
  const refuse = () => {
    const other = leaseHolder(folder);
    return userError("FLEET_LEASED", name, other?.holder ?? "somebody", other?.until.toISOString() ?? "now");
  };
  const newest = fencesIn(folder)[0] ?? 0;
  if (newest > 0 && isHeld(read(folder, newest), Date.now())) throw refuse();
  const mine = (until: number): Content => ({ version: 1, fence: newest + 1, holder, host: hostname(), pid: process.pid, until });
  const fence = newest + 1;
  // Who is slow may create a number that was taken and cleared meanwhile: only the greatest counts.
  if (!create(folder, mine(Date.now() + LEASE_MS)) || fencesIn(folder)[0] !== fence) throw refuse();
  for (const older of fencesIn(folder).filter((one) => one < fence)) rmSync(join(folder, nameOf(older)), { force: true });

  const lost = new AbortController();
  let until = Date.now() + LEASE_MS;
  const isMine = (): boolean => fencesIn(folder)[0] === fence && until > Date.now();
  const write = (next: number): void => FILES.replace(join(folder, nameOf(fence)), JSON.stringify(mine(next)));
  const renew = (): void => {
    try {
      if (!isMine()) return lost.abort();
      write(Date.now() + LEASE_MS);
      until = Date.now() + LEASE_MS;
    } catch {
      // A disk that is full or gone: the lease runs out, and the next write of the record says why.
      if (!(until > Date.now())) lost.abort();
    }
  };
  const timer = setInterval(renew, RENEW_MS).unref();
  return {
    fence,
    lost: lost.signal,
    check: () => {
      if (isMine()) return;
      lost.abort();
      throw userError("FLEET_LEASE_LOST", name);
    },
    release: () => {
      clearInterval(timer);
      if (isMine()) write(0);
    },
  };
};
