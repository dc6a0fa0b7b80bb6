import { userError } from "@touchstone/core/errors";
import type { QualityCheck } from "@touchstone/core/model/check";
import { DRY_RUN_ROWS, dryRun } from "@touchstone/engine/operations/dry-run";
import { checksFromText, readChecksFile } from "../checks-file.ts";
import { runAndReport } from "../run-report.ts";
import { text, type Command, type Values } from "./command.ts";
import { REPORT_OPTIONS, sampleRows, SCAN_OPTIONS, SOURCE_OPTIONS } from "./settings.ts";
import { summaryOf } from "@touchstone/engine/operations/containers";
import { VERSION } from "../version.ts";

/** One check tried on a part of the data; nothing is kept. */
const command: Command = {
  usage: "dry-run <source>",
  summary: "try one check without consequences",
  docs: `Runs one check, active or draft, on a sample of ${DRY_RUN_ROWS.toLocaleString("en-US")} rows and shows what it would find. Nothing is written.`,
  options: [
    { flags: "--check <yaml>", docs: "the check as YAML or JSON text" },
    { flags: "--checks <file>", docs: "a file of checks, of which --uid or the only one is tried" },
    ...SCAN_OPTIONS.filter(({ flags }) => /--(max-records|var|reference)/.test(flags)),
    ...SOURCE_OPTIONS.filter(({ flags }) => !flags.includes("--container")),
    ...REPORT_OPTIONS,
  ],
  examples: [
    "touchstone dry-run orders.csv --check '{rule_type: between, container: orders, fields: [price], properties: {min: 0, max: 100}}'",
    "touchstone dry-run orders.csv --checks new-check.yaml --sample 100000",
  ],
  run: async ([source], values, terminal) => {
    const check = oneCheck(values);
    return runAndReport([source!], values, terminal, async ({ request, options }) => {
      const started = new Date().toISOString();
      const tried = await dryRun(request.datastores[0]!, check, {
        ...options,
        signal: request.signal,
        sampleRows: sampleRows(values),
      });
      const container = {
        name: check.container,
        kind: "table" as const,
        result: "success" as const,
        error: null,
        records: tried.records,
        records_processed: tried.records_processed,
        rejected_lines: 0,
        rejected_examples: [],
        notes: [],
        passes: [],
        fields: [],
        checks: [tried.check],
        anomalies: tried.anomalies,
        checkpoint: null,
      };
      return {
        touchstone: VERSION,
        operation: { id: request.id, type: "dry_run", started_at: started, finished_at: new Date().toISOString(), incremental: false },
        sources: [...request.sources],
        containers: [container],
        summary: summaryOf([container]),
      };
    });
  },
};
export default command;

const oneCheck = (values: Values): QualityCheck => {
  const [inline, file] = [text(values, "check"), text(values, "checks")];
  if ((inline === undefined) === (file === undefined)) throw userError("OPTION_INVALID", "--check", "give one of --check and --checks");
  const checks = inline === undefined ? readChecksFile(file!) : fromText(inline);
  if (checks.length !== 1) throw userError("OPTION_INVALID", "--check", `one check is tried at a time, ${checks.length} were given`);
  return checks[0]!;
};

const fromText = (given: string): QualityCheck[] => {
  const read = checksFromText(given, "--check");
  if (read.errors[0]) throw userError("CHECKS_FILE_INVALID", "--check", `${read.errors[0].what}: ${read.errors[0].why}`);
  return read.checks;
};
