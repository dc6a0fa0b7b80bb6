/** The formats a report can be written in: one line each. */
import { extname } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Report } from "@touchstone/core/model/report";
import { inBlocks } from "./json-text.ts";

export type FormatOptions = { colour: boolean; verbose: boolean };
/** A report as text, or in pieces where it may be longer than one string. */
type Written = string | Generator<string>;
type Format = { name: string; endings: readonly string[]; load: () => Promise<(report: Report, options: FormatOptions) => Written> };

// Loaded on demand: a terminal run never reads the HTML report's code.
const FORMATS: readonly Format[] = [
  { name: "text", endings: [".txt"], load: async () => (await import("./text.ts")).textFormat },
  { name: "json", endings: [".json"], load: async () => (await import("./json.ts")).jsonFormat },
  { name: "ndjson", endings: [".ndjson", ".jsonl"], load: async () => (await import("./json.ts")).ndjsonFormat },
  { name: "junit", endings: [".xml"], load: async () => (await import("./junit.ts")).junitFormat },
  { name: "markdown", endings: [".md"], load: async () => (await import("./markdown.ts")).markdownFormat },
  { name: "html", endings: [".html", ".htm"], load: async () => (await import("./html/page.ts")).htmlFormat },
];

export const FORMAT_NAMES = FORMATS.map(({ name }) => name);

/** Writes a report in a format named outright, block by block. */
export const formatReport = async (report: Report, name: string, options: FormatOptions): Promise<Iterable<string>> => {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (!format) throw userError("OPTION_INVALID", "--format", `it is one of ${FORMAT_NAMES.join(", ")}`);
  const written = (await format.load())(report, options);
  return typeof written === "string" ? [written] : inBlocks(written);
};

/** The format a file's ending asks for. */
export const formatOfFile = (path: string): string => {
  const format = FORMATS.find(({ endings }) => endings.includes(extname(path).toLowerCase()));
  if (!format)
    throw userError("OPTION_INVALID", `--output ${path}`, `its ending is one of ${FORMATS.flatMap(({ endings }) => endings).join(", ")}`);
  return format.name;
};
