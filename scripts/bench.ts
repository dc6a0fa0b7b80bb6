/**
 * `npm run bench [-- --rows N] [name…]`: what a user waits for, as ratios within one run on this machine.
 * Numbers of different machines or days do not compare; ratios of one run do. `tall` makes and reads 130 million rows, and runs
 * only when it is named.
 */
import { benchCapture } from "./bench/capture.ts";
import { benchCommandLine } from "./bench/command-line.ts";
import { benchIncremental } from "./bench/incremental.ts";
import { benchInference } from "./bench/inference.ts";
import { benchKeys } from "./bench/keys.ts";
import { benchTall, benchWide } from "./bench/limits.ts";
import type { BenchPart } from "./bench/measure.ts";
import { benchProfile } from "./bench/profile.ts";
import { benchScan } from "./bench/scan.ts";
import { benchServer } from "./bench/server.ts";
import { benchWholeCheck } from "./bench/whole-check.ts";

const PARTS: { name: string; run: BenchPart; whenNamed?: true }[] = [
  { name: "command-line", run: benchCommandLine },
  { name: "profile", run: benchProfile },
  { name: "scan", run: benchScan },
  { name: "capture", run: benchCapture },
  { name: "keys", run: benchKeys },
  { name: "incremental", run: benchIncremental },
  { name: "check", run: benchWholeCheck },
  { name: "inference", run: benchInference },
  { name: "server", run: benchServer },
  { name: "wide", run: benchWide },
  { name: "tall", run: benchTall, whenNamed: true },
];

const ROWS_DEFAULT = 10_000_000;

const argv = process.argv.slice(2);
const at = argv.indexOf("--rows");
const rows = at < 0 ? ROWS_DEFAULT : Number(argv[at + 1]);
const names = argv.filter((argument, index) => !argument.startsWith("--") && (at < 0 || index !== at + 1));
const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0 || !Number.isInteger(rows) || rows < 1) {
  process.stderr.write(`npm run bench [-- --rows N] [name…]: the parts are ${PARTS.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}
for (const { name, run, whenNamed } of PARTS) {
  if (names.length === 0 ? whenNamed : !names.includes(name)) continue;
  process.stdout.write(`\n## ${name}\n`);
  await run(rows, (line) => void process.stdout.write(`${line}\n`));
}
