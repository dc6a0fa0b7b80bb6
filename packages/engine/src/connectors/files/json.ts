/**
 * JSON as pieces to stage: arrays of objects, by themselves or as the one such member of an object, and objects one after
 * the other (NDJSON). Nested objects become dotted names, arrays of scalars become arrays, anything deeper or mixed stays
 * text. Types follow JSON's own: a number in quotes is text; text becomes a date only where every value is an ISO date.
 */
import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError, userError } from "@touchstone/core/errors";
import { z } from "zod";
import type { QueryOptions, RejectedLine, Session } from "../connector.ts";
import { FLATTEN_DEPTH } from "../duckdb/expose.ts";
import { chunksOf, decodeHead, encodingOf, headOf } from "./bytes.ts";
import { addRejected } from "./delimited.ts";
import type { Findings } from "./delimited.ts";
import { merge } from "./kinds.ts";
import type { Guess, Kind } from "./kinds.ts";
import type { SourceFile } from "./locate.ts";
import { namingFile } from "./parquet.ts";
import { REJECTED_EXAMPLES_MAX } from "./repair.ts";
import { uniqueNames } from "./sniff.ts";
import type { Piece, StageColumn } from "./stage.ts";
import { text } from "./stage.ts";

/** A value's place below the record, and what it was seen to be. `element` for arrays of scalars. */
type Leaf = { path: readonly string[]; guess: Guess; element: Kind | null };

export type JsonMember = {
  file: SourceFile;
  fieldNames: readonly string[];
  leaves: Leaf[];
  /** Where the records are read from: the file, or what it was rewritten to. */
  path: string;
  compression: SourceFile["compression"];
  format: "auto" | "array" | "newline_delimited";
  /** Set when the lines were wrapped as {"n": number, "r": record}. */
  wrapped: boolean;
  /** Records that are no objects among objects. */
  others: number;
};

type Reader = Pick<JsonMember, "path" | "compression" | "format" | "wrapped">;

const HEAD_BYTES = 64 * 1024;
/** Largest record; the engine's default of 16 MB is too small for some real files. */
const OBJECT_BYTES_MAX = 64 * 1024 * 1024;
/** An object with more keys than this is a map, not a record: it stays JSON text. */
const KEYS_MAX = 1_000;

const records = (reader: Reader): string =>
  `read_json_objects(${text(reader.path)}, format = ${text(reader.format)}, compression = ${text(reader.compression === "none" ? "uncompressed" : reader.compression)}, maximum_object_size = ${OBJECT_BYTES_MAX})`;

const record = (reader: Reader): string => (reader.wrapped ? "json_extract(json, '/r')" : "json");

type Structure = string | Structure[] | { [key: string]: Structure };
const Structure: z.ZodType<Structure> = z.lazy(() => z.union([z.string(), z.array(Structure), z.record(z.string(), Structure)]));

const GUESSES: Record<string, Guess> = {
  NULL: null,
  BOOLEAN: "Boolean",
  UBIGINT: "Integral",
  BIGINT: "Integral",
  HUGEINT: "Integral",
  UHUGEINT: "Integral",
  DOUBLE: "Fractional",
};

const guessOfType = (type: string): Guess => (type in GUESSES ? GUESSES[type]! : "String");

const leavesOf = (structure: Structure, path: readonly string[], depth: number): Leaf[] => {
  if (typeof structure === "string") return [{ path, guess: guessOfType(structure), element: null }];
  if (Array.isArray(structure)) {
    const [element] = structure;
    const guess = typeof element === "string" && element !== "JSON" ? guessOfType(element) : undefined;
    return [{ path, guess: "String", element: guess === undefined ? null : guess === null || guess === "NotFinite" ? "String" : guess }];
  }
  const entries = Object.entries(structure);
  if (entries.length === 0 || depth === 0 || entries.length > KEYS_MAX) return [{ path, guess: "String", element: null }];
  return entries.flatMap(([key, inner]) => leavesOf(inner, [...path, key], depth - 1));
};

const isObject = (structure: Structure): boolean => typeof structure === "object" && !Array.isArray(structure);

const structureOf = async (session: Session, reader: Reader, only: string, options: QueryOptions): Promise<Structure | null> => {
  const [row] = await session.query(
    `SELECT CAST(json_group_structure(${record(reader)}) AS VARCHAR) AS structure FROM ${records(reader)} ${only}`,
    options,
  );
  return typeof row?.["structure"] === "string" ? Structure.parse(JSON.parse(row["structure"])) : null;
};

const onlyObjects = (reader: Reader): string => `WHERE json_type(${record(reader)}) = 'OBJECT'`;

/** The leaves of all records. Records that are no objects are set aside, unless none is one: then the whole record is the field `value`. */
const survey = async (session: Session, reader: Reader, options: QueryOptions): Promise<Pick<JsonMember, "leaves" | "others">> => {
  const whole = await structureOf(session, reader, "", options);
  if (whole === null) return { leaves: [], others: 0 };
  if (isObject(whole)) return { leaves: leavesOf(whole, [], FLATTEN_DEPTH + 1), others: 0 };
  const objects = await structureOf(session, reader, onlyObjects(reader), options);
  if (objects === null || !isObject(objects)) return { leaves: leavesOf(whole, [], FLATTEN_DEPTH + 1), others: 0 };
  const [row] = await session.query(
    `SELECT count(*) FILTER (json_type(${record(reader)}) IS DISTINCT FROM 'OBJECT') AS others FROM ${records(reader)}`,
    options,
  );
  return { leaves: leavesOf(objects, [], FLATTEN_DEPTH + 1), others: Number(row?.["others"] ?? 0) };
};

export const leafName = (path: readonly string[]): string => path.join(".") || "value";

/** The file as UTF-8 without a byte order mark, in the temp folder. */
const recoded = async (file: SourceFile, encoding: string, target: string): Promise<void> => {
  const decoder = new TextDecoder(encoding);
  const handle = await open(target, "w");
  try {
    for await (const chunk of chunksOf(file.path, file.compression)) await handle.write(decoder.decode(chunk, { stream: true }));
    await handle.write(decoder.decode());
  } finally {
    await handle.close();
  }
};

const NOT_FINITE_OR_TEXT = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** Whether a line is one JSON object; NaN and Infinity, which the engine accepts, are accepted. */
const isRecord = (line: string): boolean => {
  try {
    const value: unknown = JSON.parse(line.replace(NOT_FINITE_OR_TEXT, (token) => (token.startsWith('"') ? token : "null")));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false; // the caller counts it
  }
};

type LinesKept = { rejected: { count: number; examples: RejectedLine[] }; kept: number };

/** Copies the lines that are objects, each with its number. */
const keepRecords = async (file: SourceFile, path: string, compression: SourceFile["compression"], target: string): Promise<LinesKept> => {
  const result: LinesKept = { rejected: { count: 0, examples: [] }, kept: 0 };
  const handle = await open(target, "w");
  let pending: Buffer = Buffer.alloc(0);
  let line = 0;
  let number = 0;
  const takeLine = (bytes: Buffer): string => {
    line++;
    const content = bytes.toString("utf8").trim();
    if (content === "") return "";
    number++;
    if (isUtf8(bytes) && isRecord(content)) {
      result.kept++;
      return `{"n":${number},"r":${content}}\n`;
    }
    result.rejected.count++;
    if (result.rejected.examples.length < REJECTED_EXAMPLES_MAX)
      result.rejected.examples.push({ partition: file.shown, line, field: null, reason: "it is not one JSON object" });
    return "";
  };
  try {
    for await (const chunk of chunksOf(path, compression)) {
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      let start = 0;
      const lines: string[] = [];
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        lines.push(takeLine(bytes.subarray(start, end)));
        start = end + 1;
      }
      pending = Buffer.from(bytes.subarray(start));
      await handle.write(lines.join(""));
    }
    await handle.write(takeLine(pending));
  } finally {
    await handle.close();
  }
  return result;
};

/** Fewer objects in a member are taken for a part of a record, and not for the records. */
const WITHIN_MIN = 2;

/** The one member of the file's one object that is an array of objects ("features", "data", "results"); null when it is not so. */
const withinOf = async (session: Session, reader: Reader, options: QueryOptions): Promise<string | null> => {
  const found = await session.query(
    `WITH head AS (SELECT json FROM ${records(reader)} LIMIT 2),
     one AS (SELECT json FROM head WHERE (SELECT count(*) FROM head) = 1 AND json_type(json) = 'OBJECT')
     SELECT e.key FROM one, json_each(one.json) e
     WHERE e.type = 'ARRAY' AND len(list_filter(json_type(e.value, '$[*]'), lambda kind: kind = 'OBJECT')) >= ${WITHIN_MIN} LIMIT 2`,
    options,
  );
  const key = found[0]?.["key"];
  // The engine's paths have no way to write these two.
  return found.length === 1 && typeof key === "string" && !/["\\]/.test(key) ? key : null;
};

/**
 * Writes the elements of a member to a file, one a line, where they are read like any lines: unnested in a query, 420,000 of
 * them took nine seconds, and each of the passes would do it again. The engine writes JSON without line feeds, so no quotes are needed.
 */
const unwrapped = async (session: Session, reader: Reader, within: string, target: string, options: QueryOptions): Promise<Reader> => {
  const items = `json_extract(json, ${text(`$."${within}"[*]`)})`;
  await session.run(
    `COPY (SELECT array_to_string(${items}, chr(10)) FROM ${records(reader)}) TO ${text(target)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001')`,
    options,
  );
  return { path: target, compression: "none", format: "newline_delimited", wrapped: false };
};

const malformed = (thrown: unknown, file: SourceFile): unknown => {
  const message = thrown instanceof UserError && thrown.cause instanceof Error ? thrown.cause.message : "";
  const place = /at byte \d+ in (?:line|record\/value) \d+/.exec(message)?.[0];
  if (!/malformed json/i.test(message)) return namingFile(thrown, file);
  return new UserError(userError("SOURCE_UNREADABLE", file.path, `it is not well-formed JSON (${place ?? "the place is unknown"})`).info, {
    cause: thrown,
  });
};

const FATAL = new Set(["ABORTED", "ENGINE_DIED", "OUT_OF_MEMORY", "DISK_FULL"]);

const readerOf = async (file: SourceFile, tempFolder: string, findings: Findings): Promise<{ reader: Reader; isLines: boolean }> => {
  const { bytes, isWhole } = await headOf(file.path, file.compression, HEAD_BYTES);
  const encoding = encodingOf(bytes, isWhole);
  const head = decodeHead(bytes, encoding).trimStart();
  if (head === "") throw userError("SOURCE_EMPTY", file.path);
  const isLines = file.ending === "ndjson" || file.ending === "jsonl" || !head.startsWith("[");
  const format = file.ending === "ndjson" || file.ending === "jsonl" ? "newline_delimited" : isLines ? "auto" : "array";
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb;
  if (encoding === "utf-8" && !hasMark)
    return { reader: { path: file.path, compression: file.compression, format, wrapped: false }, isLines };
  const target = temporary(findings, tempFolder, "recoded", file);
  await recoded(file, encoding, target);
  if (encoding !== "utf-8") findings.notes.add(`the file is read as ${encoding}`);
  return { reader: { path: target, compression: "none", format, wrapped: false }, isLines };
};

const temporary = (findings: Findings, tempFolder: string, what: string, file: SourceFile): string => {
  const target = join(tempFolder, `${what}-${findings.temporary.length}-${basename(file.path).replace(/[^A-Za-z0-9.-]/g, "_")}.json`);
  findings.temporary.push(target);
  return target;
};

/** Reads a file's structure, all of it. Lines of NDJSON that are no objects are set aside. Throws SOURCE_UNREADABLE, SOURCE_EMPTY. */
export const inspectJson = async (
  session: Session,
  file: SourceFile,
  tempFolder: string,
  findings: Findings,
  options: QueryOptions = {},
): Promise<JsonMember> => {
  const { reader, isLines } = await readerOf(file, tempFolder, findings);
  const member = (from: Reader, found: Pick<JsonMember, "leaves" | "others">): JsonMember => ({
    file,
    ...from,
    ...found,
    fieldNames: found.leaves.map((leaf) => leafName(leaf.path)),
  });
  try {
    const within = reader.format === "auto" ? await withinOf(session, reader, options) : null;
    if (within === null) return member(reader, await survey(session, reader, options));
    const lines = await unwrapped(session, reader, within, temporary(findings, tempFolder, "within", file), options);
    findings.notes.add(`the file is one object; its records are the array "${within}" of it`);
    return member(lines, await survey(session, lines, options));
  } catch (thrown) {
    if (!isLines || (thrown instanceof UserError && FATAL.has(thrown.info.code))) throw malformed(thrown, file);
    const target = temporary(findings, tempFolder, "kept", file);
    const lines = await keepRecords(file, reader.path, reader.compression, target);
    if (lines.kept === 0) throw malformed(thrown, file);
    addRejected(findings, lines.rejected);
    const kept: Reader = { path: target, compression: "none", format: "newline_delimited", wrapped: true };
    return member(kept, await survey(session, kept, options));
  }
};

const mergedElement = (a: Kind | null, b: Kind | null): Kind | null => {
  if (a === null || b === null) return null;
  const merged = merge(a, b);
  return merged === null || merged === "NotFinite" ? "String" : merged;
};

/** Leaves of all files of a container by name; a name that is an array here and something else there is text. */
export const jsonLeaves = (members: readonly JsonMember[]): Map<string, Leaf> => {
  const leaves = new Map<string, Leaf>();
  for (const leaf of members.flatMap((member) => member.leaves)) {
    const name = leafName(leaf.path);
    const known = leaves.get(name);
    if (known === undefined) leaves.set(name, leaf);
    else if (known.guess === null || leaf.guess === null) leaves.set(name, known.guess === null ? leaf : known);
    else leaves.set(name, { path: known.path, guess: merge(known.guess, leaf.guess), element: mergedElement(known.element, leaf.element) });
  }
  return leaves;
};

/** Columns of a container: JSON's own types; text that may turn out to be dates. */
export const jsonColumns = (leaves: ReadonlyMap<string, Leaf>): StageColumn[] => {
  const { names } = uniqueNames([...leaves.keys()]);
  return [...leaves.values()].map(({ guess, element }, i) => ({
    name: names[i]!,
    kind: guess === null || guess === "NotFinite" ? "String" : guess,
    element,
    mayBecome: guess === "String" && element === null ? ["Date", "Timestamp"] : [],
  }));
};

/** A JSON pointer (RFC 6901), which takes any key. */
const pointer = (path: readonly string[]): string => path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** A file's records as texts, one per leaf, each record parsed once. */
export const jsonPiece = (member: JsonMember, leaves: ReadonlyMap<string, Leaf>, findings: Findings): Piece => {
  const prefix = member.wrapped ? "/r" : "";
  const paths = [...leaves.values()].map(({ path }) => text(`${prefix}${pointer(path)}`));
  const numbered =
    member.others > 0 ? ", row_number() OVER () AS n" : member.wrapped ? ", CAST(json_extract_string(json, '/n') AS BIGINT) AS n" : "";
  if (member.others > 0)
    addRejected(findings, {
      count: member.others,
      examples: [{ partition: member.file.shown, line: null, field: null, reason: `${member.others} records are no JSON objects` }],
    });
  return {
    partition: member.file.shown,
    from: `(SELECT json_extract_string(json, [${paths.join(", ")}]) AS t${member.others > 0 ? `, json_type(${record(member)}) AS kind` : ""}${numbered} FROM ${records(member)})${
      member.others > 0 ? " WHERE kind = 'OBJECT'" : ""
    }`,
    texts: paths.map((_, i) => `t[${i + 1}]`),
    recordNumber: numbered === "" ? null : "n",
    recover: null,
  };
};
