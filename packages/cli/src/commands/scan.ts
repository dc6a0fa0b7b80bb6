import { userError } from "@touchstone/core/errors";
import { scan } from "@touchstone/engine/operations/scan";
import { readChecksFile } from "../checks-file.ts";
import { warnTo } from "../warnings.ts";
import { printPlan } from "../print-plan.ts";
import { runAndReport } from "../run-report.ts";
import { flag, list, text, type Command } from "./command.ts";
import { REPORT_OPTIONS, SCAN_OPTIONS, SOURCE_OPTIONS } from "./settings.ts";

/** Checks kept as code, run on a source. */
const command: Command = {
  usage: "scan <source...>",
  summary: "run checks from a file",
  docs: "Runs the active checks of one or more YAML files. Full by default; with --since or --incremental, row rules look only at new rows while keys and references are still checked against the whole.",
  options: [
    { flags: "--checks <file>", docs: "YAML file or folder of checks (repeatable)", repeatable: true },
    ...SCAN_OPTIONS,
    ...SOURCE_OPTIONS,
    ...REPORT_OPTIONS,
  ],
  examples: [
    "touchstone scan 'landing/orders_*.csv' --checks checks.yaml",
    "touchstone scan postgres://me@db/shop --checks checks/ --state state.json --incremental",
    "touchstone scan orders.parquet --checks checks.yaml --plan",
  ],
  run: async (sources, values, terminal) => {
    const files = list(values, "checks");
    if (files.length === 0) throw userError("OPTION_INVALID", "--checks", "no file of checks was named");
    if (flag(values, "incremental") && text(values, "state") === undefined)
      throw userError("OPTION_INVALID", "--incremental", "it needs --state FILE, where the checkpoints are kept");
    const checks = files.flatMap((file) => readChecksFile(file, warnTo(terminal.stderr)));
    if (flag(values, "plan")) return printPlan(sources, checks, null, values, terminal);
    return runAndReport(sources, values, terminal, ({ request, options, memory }) =>
      scan({
        ...request,
        checks,
        checkpoints: flag(values, "incremental") ? memory?.checkpoints : undefined,
        options: { ...options, since: text(values, "since") },
      }),
    );
  },
};
export default command;
