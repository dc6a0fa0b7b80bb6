/**
 * Runs the tests and closes with one plain line, `N passed, N failed`.
 *
 *   node scripts/test.ts                 the fast tests (npm test)
 *   node scripts/test.ts --slow          those that need a server, a kill or minutes
 *   node scripts/test.ts PATH…           only these files or folders
 */
import { globSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";

const TIMEOUT_MS = { fast: 120_000, slow: 900_000 };

export type Totals = { passed: number; failed: number; skipped: number };

/** Test files below the given paths (default: all packages and scripts) of one speed. */
export const testFiles = (slow: boolean, paths: string[]): string[] => {
  const roots = paths.length > 0 ? paths : ["packages", "scripts"];
  const files = roots.flatMap((path) =>
    statSync(path).isFile() ? [path] : globSync(join(path, "**/*.test.ts"), { exclude: (name) => name.includes("node_modules") }),
  );
  const named = paths.length > 0 && paths.every((path) => statSync(path).isFile());
  return named ? files : files.filter((file) => file.endsWith(".slow.test.ts") === slow).sort();
};

/** Runs the files, each in its own process, prints what failed and why, and counts the tests that have no subtests. */
export const runTests = async (files: string[], timeoutMs: number): Promise<Totals> => {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const stream = run({ files, concurrency: availableParallelism(), timeout: timeoutMs });
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
  const slow = process.argv.includes("--slow");
  const paths = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const totals = await runTests(testFiles(slow, paths), slow ? TIMEOUT_MS.slow : TIMEOUT_MS.fast);
  process.stdout.write(`\n${closingLine(totals)}\n`);
  process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
}
