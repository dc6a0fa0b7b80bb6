/**
 * Runs the tests and closes with one plain line, `N passed, N failed`.
 *
 *   node scripts/test.ts                 all but the slow ones (npm test)
 *   node scripts/test.ts --quick         without the end-to-end ones too (npm run check)
 *   node scripts/test.ts --slow          only those that need a server, a kill or minutes
 *   node scripts/test.ts --long          only those for which CI has no time: kills at every step of long works
 *   node scripts/test.ts PATH…           only these files or folders
 *
 * A test is end-to-end when its file is called `x.e2e.test.ts`, slow when it is called `x.slow.test.ts`, long
 * when it is called `x.long.test.ts`.
 */
import { globSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";

type Speed = "quick" | "all" | "slow" | "long";

const TIMEOUT_MS: Record<Speed, number> = { quick: 120_000, all: 240_000, slow: 900_000, long: 900_000 };
const EXCLUDED: Record<Speed, (file: string) => boolean> = {
  quick: (file) => /\.(long|slow|e2e)\.test\.ts$/.test(file),
  all: (file) => /\.(long|slow)\.test\.ts$/.test(file),
  slow: (file) => !file.endsWith(".slow.test.ts"),
  long: (file) => !file.endsWith(".long.test.ts"),
};

/** Suites that wait for other programs more than they work: begun first, so that they do not end alone. */
const FIRST = ["client", "client-checks", "kill", "release"];

export type Totals = { passed: number; failed: number; skipped: number };

/** Test files below the given paths (default: all packages and scripts) of one speed. */
export const testFiles = (speed: Speed, paths: string[]): string[] => {
  const roots = paths.length > 0 ? paths : ["packages", "scripts"];
  const files = roots.flatMap((path) =>
    statSync(path).isFile() ? [path] : globSync(join(path, "**/*.test.ts"), { exclude: (name) => name.includes("node_modules") }),
  );
  const isFirst = (file: string) => Number(FIRST.some((name) => file.endsWith(`/${name}.slow.test.ts`)));
  const inOrder = (a: string, b: string) => isFirst(b) - isFirst(a) || (a < b ? -1 : 1);
  const named = paths.length > 0 && paths.every((path) => statSync(path).isFile());
  return named ? files : files.filter((file) => !EXCLUDED[speed](file)).sort(inOrder);
};

/** Types are stripped and files compiled once, not anew by the process of each test file; npm leaves this folder alone. */
const COMPILE_CACHE = join(import.meta.dirname, "..", "node_modules", ".cache", "compiled");

/** Slow suites wait for other programs half of their time, which one more of them fills. */
const BESIDE: Record<Speed, number> = { quick: 0, all: 0, slow: 1, long: 1 };

/** Runs the files, each in its own process, prints what failed and why, and counts the tests that have no subtests. */
export const runTests = async (files: string[], timeoutMs: number, beside = 0): Promise<Totals> => {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  process.env["NODE_COMPILE_CACHE"] ??= COMPILE_CACHE;
  const stream = run({ files, concurrency: availableParallelism() + beside, timeout: timeoutMs });
  for await (const event of stream) {
    if (event.type === "test:stderr" || event.type === "test:stdout") {
      if (event.data.message.startsWith("skipped: ")) process.stdout.write(event.data.message);
      continue;
    }
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, skip, details } = event.data;
    if (details.type === "suite" && event.type === "test:pass") continue;
    if (skip !== undefined) {
      totals.skipped++;
      process.stdout.write(`skipped: ${name}${typeof skip === "string" ? ` (${skip})` : ""}\n`);
    } else if (event.type === "test:pass") totals.passed++;
    else if (!isFailureOfSubtests(event.data.details.error)) {
      totals.failed++;
      process.stdout.write(
        `\nFAILED ${name}\n  ${file ?? ""}:${event.data.line ?? ""}\n${indent(describeError(event.data.details.error))}\n`,
      );
    }
  }
  return totals;
};

const isFailureOfSubtests = (error: Error & { failureType?: string }): boolean => error.failureType === "subtestsFailed";

const describeError = (error: Error): string => {
  const inner = error.cause instanceof Error ? error.cause : error;
  return (inner.stack ?? inner.message).split("\n").slice(0, 40).join("\n");
};

const indent = (text: string): string => text.replaceAll(/^/gm, "  ");

/** The closing line that people and machines read. */
export const closingLine = ({ passed, failed, skipped }: Totals): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

if (import.meta.main) {
  const SPEEDS: readonly Speed[] = ["quick", "slow", "long"];
  const speed = SPEEDS.find((one) => process.argv.includes(`--${one}`)) ?? "all";
  const paths = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const totals = await runTests(testFiles(speed, paths), TIMEOUT_MS[speed], BESIDE[speed]);
  process.stdout.write(`\n${closingLine(totals)}\n`);
  process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
}
