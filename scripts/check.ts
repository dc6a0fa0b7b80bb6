/**
 * `npm run check`: types, lint, format and the quick tests (tidy among them), with the time of each. Types are remembered from one run
 * to the next, for most of a run is what did not change.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const bin = (name: string): string => join(import.meta.dirname, "..", "node_modules", ".bin", name);

const KNOWN_TYPES = join(import.meta.dirname, "..", "node_modules", ".cache", "types.tsbuildinfo");

const steps: { name: string; command: string; args: string[] }[] = [
  { name: "types", command: bin("tsc"), args: ["-p", ".", "--incremental", "--tsBuildInfoFile", KNOWN_TYPES] },
  { name: "lint", command: bin("oxlint"), args: ["--deny-warnings", "packages", "scripts"] },
  { name: "format", command: bin("oxfmt"), args: ["--check", "packages", "scripts"] },
  { name: "tests", command: process.execPath, args: ["scripts/test.ts", "--quick"] },
];

let failed = false;
for (const { name, command, args } of steps) {
  const started = performance.now();
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok    " : "FAILED"} ${name} ${seconds} s\n`);
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
