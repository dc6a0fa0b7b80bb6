/**
 * One process of a test run: runs the files it is given, one after the other, and tells its parent (test.ts) what came of them. It
 * ends by itself when nothing is left open; a file that leaves something open is ended by the parent's limit, and fails.
 */
import { existsSync, readFileSync } from "node:fs";
import { run } from "node:test";
import { pathToFileURL } from "node:url";

export type Totals = { passed: number; failed: number; skipped: number };

/** Which test is under way, words for people, or the totals at the end, with what they have cost. */
export type Told = { underWay: string } | { says: string } | { totals: Totals; seconds: number };

const isFailureOfSubtests = (error: Error & { failureType?: string }): boolean => error.failureType === "subtestsFailed";

const describeError = (error: Error): string => {
  const inner = error.cause instanceof Error ? error.cause : error;
  return (inner.stack ?? inner.message).split("\n").slice(0, 40).join("\n");
};

/** Failures in words; the text is indented below its title. */
export const failure = (title: string, text: string): string => `\nFAILED ${title}\n${text.trimEnd().replaceAll(/^/gm, "  ")}\n`;

type TestEvent = (ReturnType<typeof run> extends AsyncIterable<infer E> ? E : never) & object;

/** What an event says about how a file did; tests that have subtests are not counted. */
const judge = (event: TestEvent, totals: Totals, tell: (told: Told) => void): void => {
  if (event.type === "test:dequeue") return tell({ underWay: `${event.data.file ?? ""}: ${event.data.name}` });
  // Thrown when its test had ended already: no test fails of it.
  if (event.type === "test:diagnostic" && event.data.message.startsWith("Error: ")) {
    totals.failed++;
    return tell({ says: failure("after a test", event.data.message) });
  }
  if (event.type !== "test:pass" && event.type !== "test:fail") return;
  const { name, file, line, skip, details } = event.data;
  if (details.type === "suite" && event.type === "test:pass") return;
  if (skip !== undefined) {
    totals.skipped++;
    return tell({ says: `skipped: ${name}${typeof skip === "string" ? ` (${skip})` : ""}\n` });
  }
  if (event.type === "test:pass") totals.passed++;
  else if (!isFailureOfSubtests(event.data.details.error)) {
    totals.failed++;
    tell({ says: failure(name, `${file ?? ""}:${line ?? ""}\n${describeError(event.data.details.error)}`) });
  }
};

const runFiles = async (files: readonly string[], tell: (told: Told) => void): Promise<Totals> => {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  for await (const event of run({ files, isolation: "none" })) judge(event, totals, tell);
  // A file that throws below its first test passes with the tests above (seen in Node 24.21); loaded once more it throws the same.
  for (const file of totals.failed > 0 ? [] : files)
    await import(pathToFileURL(file).href).catch((error: unknown) => {
      totals.failed++;
      tell({ says: failure(file, error instanceof Error ? describeError(error) : String(error)) });
    });
  return totals;
};

/** Of a clock that Linux counts in for everybody, whatever its own is (proc(5), sysconf(3)). */
const TICKS_PER_SECOND = 100;
const STAT = "/proc/self/stat";

/** Seconds of processor time: of this process, and where Linux tells of those that it has begun and seen the end of, of these. */
const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  if (!existsSync(STAT)) return (user + system) / 1e6;
  // The name of the program comes before these, in brackets, and may have spaces.
  const [, after = ""] = readFileSync(STAT, "utf8").split(") ");
  const [ofChildren = 0, ofTheirSystem = 0] = after.split(" ").slice(13, 15).map(Number);
  return (user + system) / 1e6 + (ofChildren + ofTheirSystem) / TICKS_PER_SECOND;
};

if (import.meta.main) {
  const tell = (told: Told): void => void process.send?.(told);
  const totals = await runFiles(process.argv.slice(2), tell);
  tell({ totals, seconds: processorSeconds() });
}
