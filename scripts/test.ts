/**
 * Runs the tests and closes with one plain line, `N passed, N failed`.
 *
 *   node scripts/test.ts                 all but the slow ones (npm test)
 *   node scripts/test.ts --quick         without the end-to-end ones too (npm run check)
 *   node scripts/test.ts --slow          only those that need a server, a kill or minutes
 *   node scripts/test.ts --long          only those for which CI has no time: kills at every step of long works
 *   node scripts/test.ts PATH…           only these files or folders
 *   node scripts/test.ts --times …       what each file took besides: the order below, and where to look when a run takes too long
 *
 * A test is end-to-end when its file is called `x.e2e.test.ts`, slow when it is called `x.slow.test.ts`, long
 * when it is called `x.long.test.ts`; any other is quick. Of an end-to-end one that takes long `x.quick.test.ts` is a part, which is run
 * where that one is not. Quick ones share processes, the others have one each.
 */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync, globSync, mkdtempSync, rmSync, statfsSync, statSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { failure, type Told, type Totals } from "./test-process.ts";

export type { Totals };

type Speed = "quick" | "all" | "slow" | "long";

/** Of one process. On a machine that others use a suite takes several times as long as alone. */
const TIMEOUT_MS: Record<Speed, number> = { quick: 300_000, all: 300_000, slow: 900_000, long: 900_000 };
const isSlow = (file: string): boolean => /\.(long|slow)\.test\.ts$/.test(file);
const isQuick = (file: string): boolean => !/\.(long|slow|e2e)\.test\.ts$/.test(file);
const EXCLUDED: Record<Speed, (file: string) => boolean> = {
  quick: (file) => !isQuick(file),
  all: (file) => isSlow(file) || file.endsWith(".quick.test.ts"),
  slow: (file) => !file.endsWith(".slow.test.ts"),
  long: (file) => !file.endsWith(".long.test.ts"),
};

/** What takes longest is begun first and in this order, so that it does not end alone: work that is heavy, and waiting for other programs. */
const FIRST = [
  "work/operations.e2e",
  "work/computed.e2e",
  "store/anomalies-plan.e2e",
  "src/start.e2e",
  "src/commands.e2e",
  "images/images.slow",
  "cli/src/kill.slow",
  "src/client.slow",
  "release/release.slow",
  "enrichment/kill.slow",
  "terraform/templates.slow",
];

/** Test files below the given paths (default: all packages and scripts) of one speed. */
export const testFiles = (speed: Speed, paths: string[]): string[] => {
  const roots = paths.length > 0 ? paths : ["packages", "scripts"];
  const files = roots.flatMap((path) =>
    statSync(path).isFile() ? [path] : globSync(join(path, "**/*.test.ts"), { exclude: (name) => name.includes("node_modules") }),
  );
  const place = (file: string): number => {
    const at = FIRST.findIndex((name) => file.endsWith(`/${name}.test.ts`));
    return at < 0 ? FIRST.length : at;
  };
  const inOrder = (a: string, b: string) => place(a) - place(b) || (a < b ? -1 : 1);
  const named = paths.length > 0 && paths.every((path) => statSync(path).isFile());
  return named ? files : files.filter((file) => !EXCLUDED[speed](file)).sort(inOrder);
};

/** Types are stripped and files compiled once, not anew by the process of each test file; npm leaves this folder alone. */
const COMPILE_CACHE = join(import.meta.dirname, "..", "node_modules", ".cache", "compiled");

/**
 * Temporary files in memory: half of what a test of files waits for is a disk that makes sure of what is thrown away a moment later.
 * Slow tests kill processes and fill disks: theirs are where people's are.
 */
const MEMORY = "/dev/shm";
const MEMORY_BYTES_MIN = 4 * 1024 ** 3;

const makeMemoryFolder = (): string | null => {
  if (process.env["TMPDIR"] !== undefined || !existsSync(MEMORY)) return null;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < MEMORY_BYTES_MIN ? null : mkdtempSync(join(MEMORY, "touchstone-tests-"));
};

/**
 * Quick files of one process. Its start and the loading of what tests import cost more than most of them do, and files of one folder
 * import the same; more of them would leave a processor without work at the end.
 */
const TOGETHER_MAX = 18;

/** Files by the process that runs them, in their order; those that come with the most work are begun first. */
const processes = (files: readonly string[]): string[][] => {
  const quick = files.filter(isQuick);
  const count = Math.ceil(quick.length / TOGETHER_MAX);
  const shares = Array.from({ length: count }, (_, i) => quick.slice((i * quick.length) / count, ((i + 1) * quick.length) / count));
  return [...shares, ...files.filter((file) => !isQuick(file)).map((file) => [file])];
};

/** Processes under way: none is left behind when somebody ends the run. */
const underWay = new Set<ChildProcess>();

/** The last words of a process that ended before its time. */
const ERR_LENGTH_MAX = 4_000;

/** Whether it is told what each process took. */
const TIMES = process.argv.includes("--times");

/** Runs files in a process of their own. Prints what failed and why, also what it did not come to. */
const runProcess = (files: readonly string[], timeoutMs: number, temporary: string | null): Promise<Totals> =>
  new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, "test-process.ts"), files, {
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...(temporary === null ? {} : { TMPDIR: temporary }) },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let [err, last, timedOut]: [string, string, boolean] = ["", files.join(" "), false];
    let totals: Totals | null = null;
    const began = performance.now();
    underWay.add(child);
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
      // What it has begun may hold these open.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, timeoutMs);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => void (text.startsWith("skipped: ") && process.stdout.write(text)));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => void (err = (err + text).slice(-ERR_LENGTH_MAX)));
    child.on("message", (told: Told) => {
      if ("totals" in told) {
        totals = told.totals;
        const wall = (performance.now() - began) / 1000;
        if (TIMES) process.stdout.write(`${wall.toFixed(1)} s, ${told.seconds.toFixed(1)} s of processor time: ${files.join(" ")}\n`);
      } else if ("underWay" in told) last = told.underWay;
      else process.stdout.write(told.says);
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      underWay.delete(child);
      const { passed, failed, skipped } = totals ?? { passed: 0, failed: 0, skipped: 0 };
      if (failed > 0 || (code === 0 && totals !== null)) return resolve({ passed, failed, skipped });
      const end = timedOut ? `had not ended after ${timeoutMs / 1000} s` : `ended with ${code ?? signal}`;
      const when = totals === null ? `at ${last}` : "with something open, or failing, after its last test";
      process.stdout.write(failure(files.join(" "), `its process ${end}, ${when}\n${err}`));
      resolve({ passed, failed: failed + 1, skipped });
    });
  });

/** Many suites wait for other programs, or for a time to pass: where this share of the processors has nothing to do, one more is begun. */
const IDLE_MIN = 0.3;
const LOOK_MS = 3_000;
/** Beyond that, limits in suites that work would be met by waiting for a processor. */
const PROCESSES_MAX = 3 * availableParallelism();

/** Answers which share of the processors had nothing to do since it was asked before. */
const idleSince = (): (() => number) => {
  const read = () => cpus().map(({ times }) => ({ idle: times.idle, all: Object.values(times).reduce((sum, time) => sum + time, 0) }));
  const total = (of: "idle" | "all", now: ReturnType<typeof read>) => now.reduce((sum, each) => sum + each[of], 0);
  let before = read();
  return () => {
    const now = read();
    const [idle, all] = [total("idle", now) - total("idle", before), total("all", now) - total("all", before)];
    before = now;
    return all > 0 ? idle / all : 0;
  };
};

/** Does pieces of work side by side until `next` does none: as many as there are processors, and more while these wait. */
const sideBySide = async (next: () => Promise<boolean>): Promise<void> => {
  const running = new Set<Promise<boolean>>();
  const begin = (): void => {
    const work = next().finally(() => running.delete(work));
    running.add(work);
  };
  const idle = idleSince();
  const look = setInterval(() => idle() > IDLE_MIN && running.size < PROCESSES_MAX && begin(), LOOK_MS);
  try {
    for (let goesOn = true; goesOn;) {
      while (running.size < availableParallelism()) begin();
      goesOn = await Promise.race(running);
    }
    await Promise.all(running);
  } finally {
    clearInterval(look);
  }
};

/** Runs the files in processes, and counts the tests that have no subtests. */
export const runTests = async (files: string[], timeoutMs: number): Promise<Totals> => {
  const sum: Totals = { passed: 0, failed: 0, skipped: 0 };
  const waiting = processes(files);
  const memory = makeMemoryFolder();
  const next = async (): Promise<boolean> => {
    const these = waiting.shift();
    if (these === undefined) return false;
    const { passed, failed, skipped } = await runProcess(these, timeoutMs, these.some(isSlow) ? null : memory);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
    return true;
  };
  const tidy = (): void => {
    for (const child of underWay) child.kill("SIGKILL");
    if (memory !== null) rmSync(memory, { recursive: true, force: true });
  };
  process.once("exit", tidy);
  try {
    await sideBySide(next);
  } finally {
    process.off("exit", tidy);
    tidy();
  }
  return sum;
};

/** The closing line that people and machines read. */
export const closingLine = ({ passed, failed, skipped }: Totals): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

if (import.meta.main) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  const SPEEDS: readonly Speed[] = ["quick", "slow", "long"];
  const speed = SPEEDS.find((one) => process.argv.includes(`--${one}`)) ?? "all";
  const paths = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const totals = await runTests(testFiles(speed, paths), TIMEOUT_MS[speed]);
  process.stdout.write(`\n${closingLine(totals)}\n`);
  process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
}
