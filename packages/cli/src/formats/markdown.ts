/** The report as Markdown, for a pull request or a job summary. */
import type { Anomaly, CheckResult, ContainerReport, Report } from "@touchstone/core/model/report";
import { anomaliesIn, byUrgency, cell, count, counted, outcome, partitionsNamed, place, plain } from "./words.ts";

const ANOMALIES_SHOWN = 20;
const FIELDS_SHOWN = 8;

export const markdownFormat = ({ containers, summary }: Report): string =>
  [
    `# Data quality: ${summary.anomalies === 0 ? "nothing wrong found" : anomaliesIn(summary.anomalies)}`,
    "",
    `${counted(summary.containers, "container")}, ${counted(summary.records, "record")}, ${counted(summary.checks, "check")}: ${count(summary.passed)} passed, ${count(summary.failed)} failed, ${count(summary.unasserted)} unasserted.`,
    "",
    ...containers.flatMap(containerLines),
  ].join("\n");

const containerLines = (container: ContainerReport): string[] => [
  `## ${escape(container.name)}`,
  "",
  `${counted(container.records, "record")}, ${counted(container.fields.length, "field")}.`,
  "",
  ...(container.error
    ? [
        `**Could not run** \`${container.error.code}\`: ${escape(container.error.what)}: ${escape(container.error.why)}. ${escape(container.error.todo)}`,
        "",
      ]
    : []),
  ...container.notes.flatMap((note) => [`Note: ${escape(note)}.`, ""]),
  ...(container.rejected_lines > 0
    ? [`**${counted(container.rejected_lines, "line")}** of the source could not be read as records.`, ""]
    : []),
  ...checksTable(byUrgency(container.checks).filter(({ status }) => status !== "passed")),
  ...anomalySections(container),
];

const checksTable = (checks: CheckResult[]): string[] =>
  checks.length === 0
    ? []
    : [
        "| | check | result |",
        "|---|---|---|",
        ...checks.map((check) => `| ${check.status} | ${escape(check.description || check.uid)} | ${escape(outcome(check))} |`),
        "",
      ];

const anomalySections = (container: ContainerReport): string[] => {
  const partitions = partitionsNamed(container);
  const shown = container.anomalies.slice(0, ANOMALIES_SHOWN).flatMap((anomaly) => anomalyLines(anomaly, partitions));
  const more = container.anomalies.length - ANOMALIES_SHOWN;
  return [...shown, ...(more > 0 ? [`… and ${anomaliesIn(more)} more.`, ""] : [])];
};

const anomalyLines = (anomaly: Anomaly, partitions: number): string[] => {
  const where = place(anomaly.row, anomaly.partition, partitions);
  const rows = anomaly.record ? [{ row: anomaly.row, partition: anomaly.partition, record: anomaly.record }] : anomaly.examples;
  const names = columns(
    rows.map(({ record }) => record),
    anomaly.fields,
  );
  return [
    `- ${where ? `**${escape(where)}** ` : ""}${escape(anomaly.message)}`,
    ...(rows.length === 0
      ? [""]
      : [
          "",
          `  | row | ${names.map((name) => (anomaly.fields.includes(name) ? `**${escape(name)}**` : escape(name))).join(" | ")} |`,
          `  |---|${names.map(() => "---").join("|")}|`,
          ...rows.map(
            ({ row, record }) =>
              `  | ${row === null ? "" : count(row)} | ${names.map((name) => escape(cell(record[name], 40))).join(" | ")} |`,
          ),
          "",
        ]),
  ];
};

const columns = (records: Record<string, unknown>[], first: readonly string[]): string[] => {
  const all = Object.keys(records[0] ?? {});
  return [...first.filter((name) => all.includes(name)), ...all.filter((name) => !first.includes(name))].slice(
    0,
    Math.max(FIELDS_SHOWN, first.length),
  );
};

// Data must stay text: no markup of its own, no table cell of its own.
const escape = (text: string): string =>
  plain(text).replaceAll(/[\\`*_{}[\]<>|#~]/g, (character) => (character === "<" ? "&lt;" : character === ">" ? "&gt;" : `\\${character}`));
