/** The report as data: one document, or one line per container and a last one with the summary. */
import type { Report } from "@touchstone/core/model/report";

export const jsonFormat = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

export const ndjsonFormat = ({ containers, summary, ...head }: Report): string =>
  [{ line: "run", ...head }, ...containers.map((container) => ({ line: "container", ...container })), { line: "summary", ...summary }]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
