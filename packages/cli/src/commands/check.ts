import { check } from "@touchstone/engine/operations/check";
import { readChecksFile } from "../checks-file.ts";
import { warnTo } from "../warnings.ts";
import { printPlan } from "../print-plan.ts";
import { runAndReport } from "../run-report.ts";
import { flag, list, type Command } from "./command.ts";
import { INFER_OPTIONS, inferSettings, REPORT_OPTIONS, SCAN_OPTIONS, SOURCE_OPTIONS } from "./settings.ts";

/** The main job: a source nobody configured, and what is wrong in it. */
const command: Command = {
  usage: "check <source...>",
  summary: "sync, profile, infer checks and scan in one go",
  docs: "Finds what is wrong in files or a database that nobody configured: profiles every container, infers checks that the data supports, scans with them, and shows the anomalies with their rows. Exit status: 0 nothing wrong, 1 anomalies, 2 could not run.",
  options: [
    ...INFER_OPTIONS,
    { flags: "--checks <file>", docs: "also run the checks in this YAML file or folder (repeatable)", repeatable: true },
    ...SCAN_OPTIONS.filter(({ flags }) => !/--(since|incremental) ?/.test(flags)),
    ...SOURCE_OPTIONS,
    ...REPORT_OPTIONS,
  ],
  examples: [
    "touchstone check orders.csv",
    "touchstone check 'data/*.parquet' -o report.html --enrich quarantine/",
    "touchstone check postgres://me@db/shop?schema=sales --level 3 --format json",
  ],
  run: async (sources, values, terminal) => {
    const checks = list(values, "checks").flatMap((file) => readChecksFile(file, warnTo(terminal.stderr)));
    if (flag(values, "plan")) return printPlan(sources, checks, inferSettings(values), values, terminal);
    return runAndReport(sources, values, terminal, ({ request, options }) =>
      check({ ...request, options, checks, ...inferSettings(values) }),
    );
  },
};
export default command;
