/** The report as data: one document, or one line per container and a last one with the summary. */
import type { Report } from "@touchstone/core/model/report";
import { jsonText } from "./json-text.ts";

/** Report, containers, container, anomalies: the anomalies come one by one. */
const DEPTH = 4;

export function* jsonFormat(report: Report): Generator<string> {
  yield* jsonText(report, DEPTH, "  ");
  yield "\n";
}

export function* ndjsonFormat({ containers, summary, ...head }: Report): Generator<string> {
  const lines = [
    { line: "run", ...head },
    ...containers.map((container) => ({ line: "container", ...container })),
    { line: "summary", ...summary },
  ];
  for (const line of lines) {
    // Two levels fewer than in the document: a line is a container.
    yield* jsonText(line, DEPTH - 2, "");
    yield "\n";
  }
}
