/**
 * Checks as files: YAML or JSON in the public export form, a file or a folder of them. Reading collects what is wrong
 * and says for each the file, the line and the column; writing gives back what reading understands.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorInfo, UserError, userError, type ErrorInfo } from "@touchstone/core/errors";
import type { QualityCheck } from "@touchstone/core/model/check";
import { exportForm } from "@touchstone/core/rules/export-form";
import { takeUid } from "@touchstone/core/rules/identity";
import { tryReadCheck, type CheckProblem } from "@touchstone/core/rules/read";
import { Alias, Document, isMap, isPair, isScalar, isSeq, LineCounter, parseAllDocuments, type Node, type YAMLMap } from "yaml";
import { writeWhole } from "./whole-file.ts";

/** Largest file: ten thousand checks are about 3 MB. */
const FILE_BYTES_MAX = 10 * 1024 * 1024;
/** Most faults said of one file; behind them more are likely to be of one kind. */
const ERRORS_MAX = 20;
/** Most files in a folder. */
const FILES_MAX = 10_000;

/**
 * Reads the checks of a file or of all files below a folder. Throws one CHECKS_FILE_INVALID that lists all faults found.
 * A check whose pattern or expression is unusable is a check that cannot be asserted, and told to `onWarning` with its place.
 */
export const readChecksFile = (path: string, onWarning: (warning: ErrorInfo) => void = () => undefined): QualityCheck[] => {
  const { checks, errors, warnings } = readChecks(path);
  warnings.forEach(onWarning);
  refuseFaults(errors);
  return checks;
};

const refuseFaults = ([first, ...others]: ErrorInfo[]): void => {
  if (first === undefined) return;
  const more = others.map(({ what, why }) => `${what}: ${why}`);
  throw new UserError({ ...first, why: [first.why, ...more].join("\n") });
};

/** Checks and faults side by side; both are in the order of files and lines. */
export const readChecks = (path: string): FileRead => {
  const read = filesOf(path).map(readOneFile);
  return {
    checks: read.flatMap(({ checks }) => checks),
    errors: read.flatMap(({ errors }) => errors),
    warnings: read.flatMap(({ warnings }) => warnings),
  };
};

const filesOf = (path: string): string[] => {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw userError("SOURCE_NOT_FOUND", path);
  if (!status.isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ya?ml|json)$/i.test(name));
  if (names.length === 0) throw userError("CHECKS_FILE_INVALID", path, "the folder holds no .yaml, .yml or .json file");
  if (names.length > FILES_MAX) throw userError("LIMIT_EXCEEDED", `The number of files in ${path}`, String(FILES_MAX));
  return names.sort().map((name) => join(path, name));
};

type FileRead = {
  checks: QualityCheck[];
  errors: ErrorInfo[];
  warnings: ErrorInfo[];
};

/** A check with where it stands. */
export type PlacedCheck = { check: QualityCheck; file: string; line: number };

/** The checks of each file, in their order. Throws one CHECKS_FILE_INVALID that lists all faults found. */
export const readPlacedChecks = (path: string): { file: string; text: string; checks: PlacedCheck[] }[] => {
  const read = filesOf(path).map((file) => ({ file, text: textOf(file) }));
  const placed = read.map(({ file, text }) => {
    if (text instanceof Error) return { file, text: "", checks: [], errors: [errorInfo("CHECKS_FILE_INVALID", file, text.message)] };
    const { checks, lines, errors } = checksFromText(text, file);
    return { file, text, checks: checks.map((check, i) => ({ check, file, line: lines[i] ?? 1 })), errors };
  });
  refuseFaults(placed.flatMap(({ errors }) => errors));
  return placed.map(({ file, text, checks }) => ({ file, text, checks }));
};

const readOneFile = (file: string): FileRead => {
  const text = textOf(file);
  if (text instanceof Error) return { checks: [], errors: [errorInfo("CHECKS_FILE_INVALID", file, text.message)], warnings: [] };
  return checksFromText(text, file);
};

const textOf = (file: string): string | Error => {
  try {
    if (statSync(file).size > FILE_BYTES_MAX) return new Error(`it is larger than ${FILE_BYTES_MAX / 1024 / 1024} MB`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (thrown) {
    if (thrown instanceof TypeError) return new Error("it is not UTF-8 text");
    return new Error(
      thrown instanceof Error && "code" in thrown ? `it could not be opened (${String(thrown.code)})` : "it could not be opened",
    );
  }
};

/** Reads checks from text; `file` is its name in errors. `lines` are those on which the checks begin. */
export const checksFromText = (text: string, file: string): FileRead & { lines: number[] } => {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents: Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
  const errors: ErrorInfo[] = [];
  const warnings: ErrorInfo[] = [];
  const addTo =
    (list: ErrorInfo[]): Fault =>
    (offset, reason) => {
      if (list.length < ERRORS_MAX) list.push(errorInfo("CHECKS_FILE_INVALID", place(file, lines, offset), reason));
    };
  const fault = addTo(errors);
  for (const { errors: faults, warnings: doubts } of documents)
    for (const { pos, message } of [...faults, ...doubts]) fault(pos[0], message);
  if (errors.length > 0) return { checks: [], errors, warnings, lines: [] };
  const entries = documents.flatMap((document) => entriesOf(document, fault));
  if (entries.length === 0 && documents.every(({ contents }) => contents === null)) fault(0, "it holds no checks");
  const read = entries.map((entry) => ({
    checks: checkOf(entry, fault, addTo(warnings)),
    line: lines.linePos(offsetOf(entry.node) ?? 0).line,
  }));
  return {
    checks: read.flatMap(({ checks }) => checks),
    errors,
    warnings,
    lines: read.flatMap(({ checks, line }) => checks.map(() => line)),
  };
};

type Fault = (offset: number | undefined, reason: string) => void;

const place = (file: string, lines: LineCounter, offset: number | undefined): string => {
  if (offset === undefined) return file;
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
};

// ── Finding the checks in a document ────────────────────────────────────────────────────────────────────────────

type Entry = { node: Node; document: Document };

/** Keys that may stand beside `checks`. */
const ENVELOPE_KEYS = ["checks", "version", "$schema"];

/** A list of checks, a mapping with `checks`, or one check. */
const entriesOf = (document: Document.Parsed, fault: Fault): Entry[] => {
  const contents: Node | null = document.contents;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (isSeq(contents)) return listed(contents, document, fault);
  if (!isMap(contents)) {
    fault(offsetOf(contents), "a check, a list of checks or a mapping with checks is expected");
    return [];
  }
  if (!contents.has("checks")) return [{ node: contents, document }];
  for (const { key } of contents.items)
    if (!ENVELOPE_KEYS.includes(String(key))) fault(offsetOf(key), `${String(key)} has no meaning beside checks`);
  const checks = resolved(contents.get("checks", true), document);
  if (isSeq(checks)) return listed(checks, document, fault);
  if (!(isScalar(checks) && checks.value === null)) fault(offsetOf(checks), "a list is expected under checks");
  return [];
};

const listed = (sequence: { items: unknown[] }, document: Document, fault: Fault): Entry[] =>
  sequence.items.flatMap((item) => {
    const node = resolved(item, document);
    if (node !== null) return [{ node, document }];
    fault(offsetOf(item), "a check is expected");
    return [];
  });

const resolved = (node: unknown, document: Document): Node | null => {
  if (node instanceof Alias) return node.resolve(document) ?? null;
  return isScalar(node) || isMap(node) || isSeq(node) ? node : null;
};

const offsetOf = (node: unknown): number | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) || node instanceof Alias ? node.range?.[0] : undefined;

// ── Reading one check ───────────────────────────────────────────────────────────────────────────────────────────

const checkOf = ({ node, document }: Entry, fault: Fault, warn: Fault): QualityCheck[] => {
  const read = tryReadCheck(valueOf(node, document, fault));
  const told = "check" in read ? { problems: read.warnings, tell: warn } : { problems: read.problems, tell: fault };
  for (const problem of told.problems) told.tell(problemOffset(node, document, problem), reasonOf(problem.info));
  return "check" in read ? [read.check] : [];
};

/** The plain value of a node; aliases that multiply beyond reason are a fault. */
const valueOf = (node: Node, document: Document, fault: Fault): unknown => {
  try {
    return node.toJS(document, { maxAliasCount: 100 });
  } catch (thrown) {
    fault(offsetOf(node), thrown instanceof Error ? thrown.message : "it cannot be read");
    return {};
  }
};

/** What of an error is worth saying behind a place: the place itself says that it is a check. */
const reasonOf = ({ code, what, why }: ErrorInfo): string => (code === "CHECK_INVALID" ? why : `${what}: ${why}`);

/** Where the path of a problem ends in the text: at the key or the value it names, else at what holds it. */
const problemOffset = (root: Node, document: Document, { path, at }: CheckProblem): number | undefined => {
  let node: Node | null = root;
  let offset = offsetOf(root);
  for (const [i, step] of path.entries()) {
    const pair: { key: unknown; value: unknown } | null = isMap(node)
      ? pairOf(node, step)
      : isSeq(node)
        ? { key: null, value: node.items[Number(step)] }
        : null;
    if (pair === null) return offset;
    const last = i === path.length - 1;
    offset = (last && at === "key" ? offsetOf(pair.key) : offsetOf(pair.value)) ?? offsetOf(pair.key) ?? offset;
    node = resolved(pair.value, document);
  }
  return offset;
};

const pairOf = (map: YAMLMap, key: string | number): { key: unknown; value: unknown } | null =>
  map.items.find((item) => isPair(item) && (isScalar(item.key) ? String(item.key.value) : String(item.key)) === String(key)) ?? null;

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A check as it stands in a file: as it travels, with its identity in a place of its own, in front. */
export const fileForm = (check: QualityCheck): Record<string, unknown> => {
  const { uid, metadata } = takeUid(check.additional_metadata);
  return { ...(uid === null ? {} : { uid }), ...exportForm({ ...check, additional_metadata: metadata }) };
};

/** Checks as YAML, a list. Long texts stay on one line, so that patterns and expressions are seen whole. */
export const checksToYaml = (checks: readonly QualityCheck[]): string => {
  const document = new Document(checks.map(fileForm), { aliasDuplicateObjects: false, compat: "yaml-1.1" });
  if (isSeq(document.contents))
    for (const [i, item] of document.contents.items.entries()) if (i > 0 && isMap(item)) item.spaceBefore = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
};

export const checksToJson = (checks: readonly QualityCheck[]): string => `${JSON.stringify(checks.map(fileForm), null, 2)}\n`;

export const isJsonFile = (path: string): boolean => /\.json$/i.test(path);

/** Writes checks as YAML (or JSON, by the ending). The file appears whole or not at all. */
export const writeChecksFile = (checks: readonly QualityCheck[], path: string): void =>
  writeWhole(path, [isJsonFile(path) ? checksToJson(checks) : checksToYaml(checks)]);
