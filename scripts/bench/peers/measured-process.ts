/** A whole process measured from outside: wall-clock seconds, and the memory of it and of all it started. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

export type Measured = {
  status: number | null;
  seconds: number;
  /** Sum over all processes of the largest resident set of each; null where the system does not tell (only Linux does). */
  peakBytes: number | null;
};

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

/** Notes the largest resident set so far of a process and its descendants. */
const look = (pid: number, peaks: Map<number, number>): void => {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  if (kilobytes !== undefined) peaks.set(pid, Number(kilobytes) * 1024);
  for (const child of childrenOf(pid)) look(child, peaks);
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
    const peaks = new Map<number, number>();
    const started = performance.now();
    const child = spawn(program, args, { stdio: ["ignore", ...files], env: environment });
    const looking = setInterval(() => child.pid !== undefined && look(child.pid, peaks), LOOK_EVERY_MS);
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
      resolve({ status, seconds, peakBytes: peaks.size === 0 ? null : [...peaks.values()].reduce((a, b) => a + b) });
    });
  });
