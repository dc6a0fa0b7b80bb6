/** The report as a person reads it in a terminal. */
import { styleText } from "node:util";
import type { Anomaly, CheckResult, ContainerReport, Report } from "@touchstone/core/model/report";
import { anomaliesIn, byUrgency, cell, count, counted, outcome, partitionsNamed, place, plain } from "./words.ts";

const ANOMALIES_SHOWN = 8;
const EXAMPLES_SHOWN = 3;
const FIELDS_SHOWN = 5;

type Paint = (style: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

/** `colour` false gives plain text, for pipes and files. `verbose` also lists the checks that passed, with their evidence. */
export const textFormat = (report: Report, { colour, verbose }: { colour: boolean; verbose: boolean }): string => {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const blocks = report.containers.map((container) => containerText(container, paint, verbose));
  return `${blocks.join("\n")}\n${summaryText(report, paint)}\n`;
};

const containerText = (container: ContainerReport, paint: Paint, verbose: boolean): string => {
  const lines = [`${paint("bold", plain(container.name))}  ${paint("dim", headline(container))}`];
  if (container.error)
    lines.push(
      `  ${paint("red", "could not run")} ${container.error.code}: ${plain(`${container.error.what}: ${container.error.why}`)}`,
      `    ${plain(container.error.todo)}`,
    );
  lines.push(...container.notes.map((note) => `  ${paint("dim", `note     ${cell(note, 160)}`)}`));
  if (container.rejected_lines > 0) lines.push(...rejectedText(container, paint));
  for (const check of byUrgency(container.checks))
    if (verbose || check.status !== "passed") lines.push(...checkText(check, paint, verbose));
  lines.push(...anomaliesText(container, paint));
  return `${lines.join("\n")}\n`;
};

const headline = ({ records, records_processed, fields, checks }: ContainerReport): string => {
  const looked = records_processed < records ? `, ${count(records_processed)} looked at` : "";
  return `${counted(records, "record")}${looked} · ${counted(fields.length, "field")} · ${counted(checks.length, "check")}`;
};

const rejectedText = (container: ContainerReport, paint: Paint): string[] => [
  `  ${paint("yellow", "rejected")} ${counted(container.rejected_lines, "line")} of the source could not be read as records`,
  ...container.rejected_examples
    .slice(0, EXAMPLES_SHOWN)
    .map(({ partition, line, reason }) =>
      paint("dim", `    ${plain(partition ?? "")}${line === null ? "" : ` line ${count(line)}`}: ${cell(reason, 100)}`),
    ),
];

const MARKS = { passed: ["green", "passed  "], failed: ["red", "failed  "], unasserted: ["yellow", "unasserted"] } as const;

const checkText = (check: CheckResult, paint: Paint, verbose: boolean): string[] => {
  const [style, mark] = MARKS[check.status];
  const lines = [
    `  ${paint(style, mark)} ${cell(check.description || `${check.rule_type} ${check.fields.join(", ")}`, 110)}  ${paint("dim", plain(outcome(check)))}`,
  ];
  if (check.error) lines.push(paint("dim", `             ${check.error.code}: ${plain(check.error.todo)}`));
  if (check.evidence && (verbose || check.status === "failed"))
    lines.push(paint("dim", `           why: ${plain(reason(check.evidence.text, check.description))}`));
  return lines;
};

/** The evidence without the sentence that already stands in the line above. */
const reason = (evidence: string, description: string): string =>
  evidence.startsWith(description) ? evidence.slice(description.length).replace(/^[.;: ]+/, "") : evidence;

const anomaliesText = (container: ContainerReport, paint: Paint): string[] => {
  if (container.anomalies.length === 0) return [];
  const partitions = partitionsNamed(container);
  const shown = container.anomalies.slice(0, ANOMALIES_SHOWN).flatMap((anomaly) => anomalyText(anomaly, paint, partitions));
  const more = container.anomalies.length - ANOMALIES_SHOWN;
  return ["", ...shown, ...(more > 0 ? [paint("dim", `    … and ${anomaliesIn(more)} more: see --format html or json`)] : [])];
};

const anomalyText = (anomaly: Anomaly, paint: Paint, partitions: number): string[] => {
  const where = plain(place(anomaly.row, anomaly.partition, partitions));
  const head = `    ${paint("red", "●")} ${where ? `${paint("bold", where)}  ` : ""}${cell(anomaly.message, 160)}`;
  if (anomaly.record) return [head, paint("dim", `        ${recordText(anomaly.record, anomaly.fields)}`)];
  const examples = anomaly.examples
    .slice(0, EXAMPLES_SHOWN)
    .map(({ row, partition, record }) =>
      paint("dim", `        ${plain(place(row, partition, partitions))}  ${recordText(record, anomaly.fields)}`),
    );
  return [head, ...examples];
};

/** The fields at fault first, then as many others as give the reader a hold. */
const recordText = (record: Record<string, unknown>, fields: readonly string[]): string => {
  const names = [...fields.filter((name) => name in record), ...Object.keys(record).filter((name) => !fields.includes(name))];
  const cells = names.slice(0, Math.max(FIELDS_SHOWN, fields.length)).map((name) => `${plain(name)}=${cell(record[name], 32)}`);
  return `${cells.join("  ")}${names.length > cells.length ? "  …" : ""}`;
};

const summaryText = ({ summary }: Report, paint: Paint): string => {
  const parts = [
    counted(summary.containers, "container"),
    counted(summary.records, "record"),
    counted(summary.checks, "check"),
    paint("green", `${count(summary.passed)} passed`),
    paint(summary.failed > 0 ? "red" : "dim", `${count(summary.failed)} failed`),
    paint(summary.unasserted > 0 ? "yellow" : "dim", `${count(summary.unasserted)} unasserted`),
    paint(
      summary.anomalies > 0 ? "red" : "green",
      `${anomaliesIn(summary.anomalies)} over ${counted(summary.anomalous_records, "record")}`,
    ),
  ];
  return `${parts.join(" · ")}${summary.result === "success" ? "" : `\n${paint("red", `the run ended as ${summary.result}`)}`}`;
};
