import { readFileSync } from "node:fs";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { Report } from "@touchstone/core/model/report";
import { anomaliesIn, cell, count, counted } from "../formats/words.ts";
import { compareReports, type ReportDiff } from "../report-diff.ts";
import { flag, type Command } from "./command.ts";

/** What changed between two runs: new, gone and remaining anomalies, checks whose outcome turned, fields that drifted. */
const command: Command = {
  usage: "diff <before> <after>",
  summary: "compare two JSON reports",
  docs: "Compares two reports written with --format json. Anomalies are matched by fingerprint. Exit status 1 when there are new anomalies.",
  options: [{ flags: "--json", docs: "as JSON" }],
  examples: ["touchstone check data/*.csv -o monday.json", "touchstone diff monday.json tuesday.json"],
  run: async ([before, after], values, { stdout }) => {
    const diff = compareReports(readReport(before!), readReport(after!));
    stdout.write(flag(values, "json") ? `${JSON.stringify(diff, null, 2)}\n` : diffText(diff));
    return diff.anomalies_new.length > 0 ? 1 : 0;
  },
};
export default command;

const readReport = (path: string): Report => {
  try {
    return Report.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (cause instanceof z.ZodError || cause instanceof SyntaxError)
      throw userError("OPTION_INVALID", path, "it is not a report written with --format json");
    throw userError("SOURCE_NOT_FOUND", path);
  }
};

const diffText = (diff: ReportDiff): string => {
  const lines = [
    `${anomaliesIn(diff.anomalies_new.length)} new, ${count(diff.anomalies_gone.length)} gone, ${count(diff.anomalies_remaining)} remaining`,
    ...diff.anomalies_new.map(({ container, message }) => `  + ${container}: ${cell(message, 140)}`),
    ...diff.anomalies_gone.map(({ container, message }) => `  - ${container}: ${cell(message, 140)}`),
    `${counted(diff.checks_turned.length, "check")} turned`,
    ...diff.checks_turned.map(({ uid, before, after }) => `  ${before ?? "absent"} -> ${after ?? "absent"}  ${uid}`),
    ...diff.containers_changed.map(({ container, what }) => `  ${container}: ${what}`),
  ];
  return `${lines.join("\n")}\n`;
};
