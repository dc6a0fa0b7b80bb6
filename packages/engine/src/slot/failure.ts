/**
 * What the engine's own error messages mean to a person. DuckDB starts each message with its kind ("Conversion Error: …").
 * Only kinds that speak of names and syntax are passed on, one line of them; messages of kinds that quote values are not.
 */
import { UserError, userError } from "@touchstone/core/errors";
import type { SlotSettings } from "./protocol.ts";

type Place = Pick<SlotSettings, "target" | "memory" | "tempFolder">;

const withCause = (error: UserError, message: string): UserError => new UserError(error.info, { cause: new Error(message) });

const firstLine = (message: string): string => (message.split("\n", 1)[0] ?? "").slice(0, 500);

const DISK_FULL = /no space left|max_temp_directory_size|disk quota|disk full/i;
const FILE_BROKEN =
  /parquet|thrift|snappy|zstd|gzip|magic bytes|corrupt|truncat|not a valid duckdb|could not read|cannot open|could not open|no files found|no such file|permission denied|unexpected end|malformed json|failed to decompress|invalid unicode|utf-8/i;

/** Kinds whose text names columns, functions and syntax, and no value of the data. */
const NAMES_ONLY = /^(Binder|Catalog|Parser|Permission|Not implemented|Dependency|Transaction) Error: /i;

const readingReason = (message: string): string => {
  if (/permission denied/i.test(message)) return "permission denied";
  if (/no files found|no such file/i.test(message)) return "it is no longer there";
  if (/too small to be a parquet|no magic bytes|magic bytes/i.test(message)) return "it is cut off, or not in the format its name says";
  if (/could not set lock/i.test(message)) return "another process holds it open for writing";
  if (/not a valid duckdb/i.test(message)) return "it is not a DuckDB database of a version this engine reads";
  if (/malformed json/i.test(message)) return "it is not well-formed JSON";
  if (/invalid unicode|utf-8/i.test(message)) return "it holds bytes that are no text in the encoding it was read with";
  return "it is damaged or cut off";
};

/** Kinds that may be about a file, a disk or memory. Others may hold any words of the data, which must not be mistaken. */
const ABOUT_FILES = /^(IO|Invalid Input|Invalid|HTTP|Serialization|Out of Memory|FATAL|INTERNAL|Unknown|Binder|Not implemented) Error/i;

/** A file that is gone is looked for as a folder of files, which the locked engine may not do. */
const LOOKED_FOR_AS_FOLDER =
  /^Permission Error: Cannot access (file|directory) "[^]*\/\*\*\/\*\.\w+" - file system operations are disabled/i;

/** The user error behind an engine message; the message itself is kept as `cause` for the debug log. */
export const failure = (message: string, place: Place): UserError => {
  if (/^INTERRUPT Error/i.test(message)) return withCause(userError("ABORTED"), message);
  const aboutFiles = ABOUT_FILES.test(message);
  if (aboutFiles && DISK_FULL.test(message)) return withCause(userError("DISK_FULL", place.tempFolder), message);
  if (/^Out of Memory Error/i.test(message) || /failed to allocate/i.test(message))
    return withCause(userError("OUT_OF_MEMORY", place.memory), message);
  if (/could not set lock/i.test(message) || (aboutFiles && !NAMES_ONLY.test(message) && FILE_BROKEN.test(message)))
    return withCause(userError("SOURCE_UNREADABLE", place.target, readingReason(message)), message);
  if (LOOKED_FOR_AS_FOLDER.test(message))
    return withCause(userError("SOURCE_UNREADABLE", place.target, readingReason("no such file")), message);
  if (NAMES_ONLY.test(message)) return withCause(userError("QUERY_FAILED", place.target, firstLine(message)), message);
  const kind = /^([A-Za-z ]{3,40}) Error/.exec(message)?.[1] ?? "Unknown";
  return withCause(userError("QUERY_FAILED", place.target, `the engine reports: ${kind} error (values are not shown)`), message);
};
