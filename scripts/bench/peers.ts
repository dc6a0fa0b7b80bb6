/**
 * `npm run bench:peers [-- --rows N] [--runs N] [scenario…]`: the same checks on the same file in Touchstone and in what a user
 * would pick instead, each as a whole process, with its own words for the checks. Counts are compared with plain SQL's.
 *
 * "whole" is the process from start to end, "processor time" what it and its children computed, which tells more on a busy machine.
 * "load + validate" leaves out interpreter, imports and the writing of the report; "validate" also the reading of the file, where a
 * tool reads it first (Touchstone reads while it validates). docs/side-by-side.md
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Asked } from "./peers/asked.ts";
import { askedChecks } from "./peers/asked.ts";
import type { Truth } from "./peers/files.ts";
import { peerFiles, truthOf } from "./peers/files.ts";
import type { Answer, Keep, Question, Tool } from "./peers/tools.ts";
import { availableTools } from "./peers/tools.ts";

type Scenario = { name: string; what: string; checks: number; failingShare: number; keep: Keep };

const SCENARIOS: Scenario[] = [
  { name: "clean", what: "20 checks, nothing fails", checks: 20, failingShare: 0, keep: "few" },
  {
    name: "few",
    what: "20 checks, ten fail on 0.01 % of the rows each, every failing row kept",
    checks: 20,
    failingShare: 0.0001,
    keep: "all",
  },
  {
    name: "many",
    what: "20 checks, ten fail on 1 % of the rows each, every failing row kept",
    checks: 20,
    failingShare: 0.01,
    keep: "all",
  },
  {
    name: "sample",
    what: "20 checks, ten fail on 1 % of the rows each, each tool's default sample kept",
    checks: 20,
    failingShare: 0.01,
    keep: "few",
  },
  { name: "hundred", what: "100 checks, nothing fails", checks: 100, failingShare: 0, keep: "few" },
];

const ROWS_DEFAULT = 1_000_000;
const RUNS_DEFAULT = 3;
/** A run longer than this is not repeated: its scatter is small beside it. */
const REPEAT_UP_TO_SECONDS = 20;
const FOLDER = join(process.env["TOUCHSTONE_BENCH"] ?? join(homedir(), ".cache", "touchstone-bench"), "peers");

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Checks whose count is not the true one, and those the tool cannot express. */
const faults = ({ counts }: Answer, checks: readonly Asked[], truth: Truth): { wrong: string[]; cannot: string[] } => {
  const wrong: string[] = [];
  const cannot: string[] = [];
  for (const { id, kind } of checks) {
    const count = counts[id];
    if (count === undefined) wrong.push(`${id} (${kind}): no count`);
    else if ("cannot" in count) cannot.push(`${id} (${kind}): ${count.cannot}`);
    else if (count.failing !== truth.get(id)![count.unit])
      wrong.push(`${id} (${kind}): ${count.failing} ${count.unit}, by SQL ${truth.get(id)![count.unit]}`);
  }
  return { wrong, cannot };
};

type Figures = {
  answer: Answer;
  whole: number;
  processor: number | null;
  work: number;
  validate: number | null;
  peakBytes: number | null;
  runs: number;
};

/** Some runs of every tool in turns, so that what else the machine does meanwhile touches all of them. */
const askInTurns = async (tools: readonly Tool[], question: Question, folder: string, runsMax: number): Promise<Map<Tool, Answer[]>> => {
  const answers = new Map(tools.map((tool): [Tool, Answer[]] => [tool, []]));
  for (let run = 0; run < runsMax; run++)
    for (const [tool, given] of answers)
      if (run === 0 || given[0]!.process.seconds <= REPEAT_UP_TO_SECONDS) given.push(await tool.ask(question, folder));
  return answers;
};

const figuresOf = (answers: readonly Answer[]): Figures => {
  const answer = answers[0]!;
  const middle = (of: (one: Answer) => number): number => median(answers.map(of));
  return {
    answer,
    whole: middle((one) => one.process.seconds),
    processor: answer.process.processor === null ? null : middle((one) => one.process.processor ?? 0),
    work: middle((one) => (one.loadSeconds ?? 0) + one.validateSeconds),
    validate: answer.loadSeconds === null ? null : middle((one) => one.validateSeconds),
    peakBytes: answer.process.peakBytes === null ? null : middle((one) => one.process.peakBytes ?? 0),
    runs: answers.length,
  };
};

const HEADER = [
  "| tool | version | checks | whole | ratio | processor time | ratio | load + validate | ratio | validate | peak memory | failing rows kept | runs |",
  "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
];

const seconds = (value: number): string => `${value.toFixed(2)} s`;

const row = (name: string, figures: Figures, ours: Figures, expressed: number): string => {
  const { answer, whole, processor, work, validate, peakBytes, runs } = figures;
  const cells = [
    name,
    answer.version,
    String(expressed),
    seconds(whole),
    (whole / ours.whole).toFixed(2),
    processor === null ? "–" : seconds(processor),
    processor === null || ours.processor === null ? "–" : (processor / ours.processor).toFixed(2),
    seconds(work),
    (work / ours.work).toFixed(2),
    validate === null ? "–" : seconds(validate),
    peakBytes === null ? "–" : `${(peakBytes / 1e9).toFixed(2)} GB`,
    answer.kept === 0 ? "0" : `${answer.kept.toLocaleString("en")} (${answer.keptAs})`,
    String(runs),
  ];
  return `| ${cells.join(" | ")} |`;
};

/** Prints the table of one scenario; answers how many counts were wrong. */
const compare = async (scenario: Scenario, tools: readonly Tool[], rows: number, runsMax: number): Promise<number> => {
  print(`\n### ${scenario.name}: ${scenario.what}\n`);
  const checks = askedChecks(scenario.checks);
  const files = await peerFiles(FOLDER, rows, scenario.failingShare);
  const truth = await truthOf(files, checks);
  const folder = mkdtempSync(join(tmpdir(), "touchstone-peers-"));
  const remarks: string[] = [];
  let wrongCounts = 0;
  try {
    const answers = await askInTurns(tools, { files, checks, keep: scenario.keep }, folder, runsMax);
    const ours = figuresOf(answers.get(tools[0]!)!);
    HEADER.forEach(print);
    for (const tool of tools) {
      const figures = figuresOf(answers.get(tool)!);
      const { wrong, cannot } = faults(figures.answer, checks, truth);
      wrongCounts += wrong.length;
      remarks.push(
        ...wrong.map((text) => `MISMATCH ${tool.name} ${text}`),
        ...cannot.map((text) => `cannot express: ${tool.name} ${text}`),
      );
      print(row(tool.name, figures, ours, checks.length - cannot.length));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const failing = [...truth.values()].reduce((sum, count) => sum + count.rows, 0);
  print(
    `\n${failing.toLocaleString("en")} failing pairs of row and check by SQL; ${wrongCounts === 0 ? "all counts agree" : "counts differ:"}`,
  );
  remarks.forEach(print);
  return wrongCounts;
};

const { values, positionals } = parseArgs({
  options: { rows: { type: "string" }, runs: { type: "string" } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(", ")}: there are ${SCENARIOS.map(({ name }) => name).join(", ")}`);
const rows = Number(values.rows ?? ROWS_DEFAULT);
mkdirSync(FOLDER, { recursive: true });
const { tools, skipped } = availableTools(FOLDER);
print(`\n## peers: order_line, ${rows.toLocaleString("en")} rows × 16 columns, Parquet\n`);
for (const { name, reason } of skipped) print(`skipped: ${name} (${reason})`);
let wrong = 0;
for (const scenario of SCENARIOS)
  if (positionals.length === 0 || positionals.includes(scenario.name))
    wrong += await compare(scenario, tools, rows, Number(values.runs ?? RUNS_DEFAULT));
process.exitCode = wrong === 0 ? 0 : 1;
