/** The tools: how each is had, how it is run on a question, and what it answered. Every answer is of one shape. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Report } from "@touchstone/core/model/report";
import type { CheckResult } from "@touchstone/core/model/report";
import { z } from "zod";
import type { Asked } from "./asked.ts";
import type { PeerFiles } from "./files.ts";
import { measuredProcess } from "./measured-process.ts";
import type { Measured } from "./measured-process.ts";
import { checksFile } from "./touchstone-checks.ts";

/** How many failing rows are asked for: the tool's own default, or every one. */
export type Keep = "few" | "all";
export type Question = { files: PeerFiles; checks: readonly Asked[]; keep: Keep };

const Count = z.union([z.object({ failing: z.number().int(), unit: z.enum(["rows", "keys"]) }), z.object({ cannot: z.string() })]);
export type Count = z.infer<typeof Count>;

/** What run_TOOL.py writes (answer.py). */
const PythonAnswer = z.object({
  how: z.string(),
  versions: z.record(z.string(), z.string()),
  seconds: z.object({ import: z.number(), load: z.number(), validate: z.number() }),
  counts: z.record(z.string(), Count),
  kept: z.number().int(),
  keptAs: z.string(),
});

export type Answer = {
  how: string;
  version: string;
  counts: Record<string, Count>;
  /** Seconds to bring the file into the tool, as far as it does so before it validates; null: it reads while it validates. */
  loadSeconds: number | null;
  validateSeconds: number;
  /** Pairs of a failing row and a check that the tool handed over, and in which form. */
  kept: number;
  keptAs: string;
  process: Measured;
};

export type Tool = { name: string; ask: (question: Question, folder: string) => Promise<Answer> };
export type Skipped = { name: string; reason: string };

const ROOT = join(import.meta.dirname, "..", "..", "..");

// ── Touchstone, through its command line ────────────────────────────────────────────────────────────────────────

const countOf = (result: CheckResult): Count => {
  if (result.anomalous_records === null) return { cannot: result.error?.what ?? "unasserted" };
  return { failing: result.anomalous_records, unit: "rows" };
};

const touchstoneAnswer = (report: Report, process: Measured): Answer => {
  const container = report.containers.find(({ name }) => name === "order_line");
  if (container === undefined || container.error !== null) throw new Error(container?.error?.what ?? "the report has no order_line");
  const { started_at, finished_at } = report.operation;
  const kept = container.anomalies.map((a) => (a.type === "record" ? a.failed_checks.length : a.examples.length));
  return {
    how: "Parquet in place, one `scan`",
    version: report.touchstone,
    counts: Object.fromEntries(container.checks.map((result) => [result.description, countOf(result)])),
    loadSeconds: null,
    validateSeconds: (Date.parse(finished_at) - Date.parse(started_at)) / 1000,
    kept: kept.reduce((a, b) => a + b, 0),
    keptAs: "whole rows, in the report",
    process,
  };
};

/** Exit statuses of a scan that ran: nothing wrong, anomalies. */
const SCANNED = [0, 1];

const touchstone: Tool = {
  name: "Touchstone",
  ask: async ({ files, checks, keep }, folder) => {
    const [checksPath, stdout, stderr] = ["checks.yaml", "report.json", "touchstone.log"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(checksPath, checksFile(checks));
    const command = [join(ROOT, "touchstone"), "scan", files.orderLine, files.supplier, "--checks", checksPath, "--format", "json"];
    if (keep === "all") command.push("--max-records", "all");
    const process = await measuredProcess([...command, "--progress", "none"], { stdout, stderr });
    if (!SCANNED.includes(process.status ?? -1)) throw new Error(readFileSync(stderr, "utf8"));
    return touchstoneAnswer(Report.parse(JSON.parse(readFileSync(stdout, "utf8"))), process);
  },
};

// ── Tools from pip, each in an environment of its own ───────────────────────────────────────────────────────────

/** `runner` is absent for a tool that could never be had, so that no code is here that nobody ever ran. */
const FROM_PIP: { name: string; requirements: string; runner?: string }[] = [
  { name: "pandera (polars)", requirements: "pandera.txt", runner: "run_pandera.py" },
  { name: "Soda Core 3 (DuckDB)", requirements: "soda.txt", runner: "run_soda.py" },
  { name: "Great Expectations (pandas)", requirements: "great_expectations.txt", runner: "run_great_expectations.py" },
  { name: "PyDeequ 2 (DuckDB)", requirements: "pydeequ.txt" },
];

const lastLine = (text: string): string =>
  text
    .trim()
    .split("\n")
    .findLast((line) => !line.startsWith("[notice]")) ?? "";

/** Python of an environment with the pinned packages, made when missing; the reason as text when it cannot be had. */
const environment = (requirements: string, folder: string): { python: string } | { reason: string } => {
  const pins = readFileSync(join(import.meta.dirname, requirements));
  const home = join(folder, `${requirements.replace(".txt", "")}_${createHash("sha256").update(pins).digest("hex").slice(0, 8)}`);
  const python = join(home, "bin", "python");
  const complete = join(home, "complete");
  if (existsSync(complete)) return { python };
  const steps = [
    ["python3", "-m", "venv", home],
    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", join(import.meta.dirname, requirements)],
  ];
  for (const [program = "", ...args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status === 0) continue;
    rmSync(home, { recursive: true, force: true });
    return { reason: error?.message ?? lastLine(stderr) };
  }
  writeFileSync(complete, "");
  return { python };
};

const pythonTool = (name: string, python: string, runner: string): Tool => ({
  name,
  ask: async ({ files, checks, keep }, folder) => {
    const [asked, answer, stdout, stderr] = ["question.json", "answer.json", "peer.out", "peer.log"].map((file) => join(folder, file)) as [
      string,
      string,
      string,
      string,
    ];
    rmSync(answer, { force: true });
    writeFileSync(asked, JSON.stringify({ files: { order_line: files.orderLine, supplier: files.supplier }, checks, keep }));
    const process = await measuredProcess([python, join(import.meta.dirname, runner), asked, answer], { stdout, stderr });
    if (process.status !== 0) throw new Error(lastLine(readFileSync(stderr, "utf8")));
    const { versions, seconds, ...said } = PythonAnswer.parse(JSON.parse(readFileSync(answer, "utf8")));
    const version = Object.entries(versions).map(([one, number], i) => (i === 0 ? number : `${one} ${number}`));
    return { ...said, version: version.join(", "), loadSeconds: seconds.load, validateSeconds: seconds.validate, process };
  },
});

/** All that can be had here, and those that cannot, by name. `folder` keeps the environments. */
export const availableTools = (folder: string): { tools: Tool[]; skipped: Skipped[] } => {
  const tools = [touchstone];
  const skipped: Skipped[] = [];
  for (const { name, requirements, runner } of FROM_PIP) {
    const made = environment(requirements, folder);
    if ("reason" in made) skipped.push({ name, reason: made.reason });
    else if (runner === undefined) skipped.push({ name, reason: "it can be installed now, but no runner is written for it yet" });
    else tools.push(pythonTool(name, made.python, runner));
  }
  return { tools, skipped };
};
