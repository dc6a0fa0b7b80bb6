/** A whole process measured from outside: wall-clock seconds, and processor time and memory of it and of all it started. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

export type Measured = {
  status: number | null;
  seconds: number;
  /** Seconds of processor time of all processes, and the sum of the largest resident set of each; null where the system does not tell (only Linux does). */
  processor: number | null;
  peakBytes: number | null;
};

/** What was seen of one process so far. */
type Seen = { peakBytes: number; ticks: number };

/** How often the processes are looked at: what one takes in its last moments may be missed. */
const LOOK_EVERY_MS = 50;

const readOrEmpty = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended
  }
};

const childrenOf = (pid: number): number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readOrEmpty(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
};

/** USER_HZ of every Linux that these tools run on. */
const TICKS_PER_SECOND = 100;

/** Processor time of a process itself (proc(5), stat: utime and stime). */
const ticksOf = (pid: number): number => {
  const afterName = readOrEmpty(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ");
  return Number(afterName[11] ?? 0) + Number(afterName[12] ?? 0);
};

/** Notes the largest resident set and the processor time so far of a process and its descendants. */
const look = (pid: number, processes: Map<number, Seen>): void => {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  if (kilobytes !== undefined) processes.set(pid, { peakBytes: Number(kilobytes) * 1024, ticks: ticksOf(pid) });
  for (const child of childrenOf(pid)) look(child, processes);
};

/** Runs to the end; what it says goes to the two files. */
export const measuredProcess = (
  command: readonly string[],
  output: { stdout: string; stderr: string },
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const [program = "", ...args] = command;
    const files = [openSync(output.stdout, "w"), openSync(output.stderr, "w")];
    const processes = new Map<number, Seen>();
    const started = performance.now();
    const child = spawn(program, args, { stdio: ["ignore", ...files], env: environment });
    const looking = setInterval(() => child.pid !== undefined && look(child.pid, processes), LOOK_EVERY_MS);
    const stop = (): void => {
      clearInterval(looking);
      files.forEach(closeSync);
    };
    child.on("error", (thrown) => {
      stop();
      reject(thrown);
    });
    child.on("exit", (status) => {
      const seconds = (performance.now() - started) / 1000;
      stop();
      const sum = (of: (seen: Seen) => number): number | null =>
        processes.size === 0 ? null : [...processes.values()].reduce((total, seen) => total + of(seen), 0);
      resolve({ status, seconds, processor: sum(({ ticks }) => ticks / TICKS_PER_SECOND), peakBytes: sum(({ peakBytes }) => peakBytes) });
    });
  });
