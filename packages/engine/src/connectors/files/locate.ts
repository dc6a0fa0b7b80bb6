/** From what was typed (a path, a folder, a glob, a URL) to the files behind it. */
import { accessSync, constants, globSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Compression } from "./bytes.ts";
import { unreadable } from "./bytes.ts";

export type Format = "delimited" | "json" | "parquet" | "spreadsheet";

export type SourceFile = {
  /** Absolute path, or a URL. */
  path: string;
  /** The path as a person would write it: below the source, with forward slashes. */
  shown: string;
  folder: string;
  /** File name without its endings. */
  stem: string;
  /** Lower-case ending without the compression's: csv, tsv, txt, json, ndjson, jsonl, parquet, xlsx. */
  ending: string;
  format: Format;
  compression: Compression;
  /** `key=value` folders of the path, in order. */
  hive: readonly (readonly [string, string])[];
  /** Folder above the first `key=value` folder; null without any. */
  hiveRoot: string | null;
  bytes: number | null;
  modifiedAt: string | null;
};

const FORMATS: Record<string, Format> = {
  csv: "delimited",
  tsv: "delimited",
  tab: "delimited",
  psv: "delimited",
  txt: "delimited",
  json: "json",
  geojson: "json",
  ndjson: "json",
  jsonl: "json",
  parquet: "parquet",
  pq: "parquet",
  xlsx: "spreadsheet",
};
/** Formats that bring a compression of their own. */
const COMPRESSED: readonly (Format | undefined)[] = ["parquet", "spreadsheet"];
const COMPRESSIONS: Record<string, Compression> = { gz: "gzip", gzip: "gzip", zst: "zstd", zstd: "zstd" };

export const KINDS =
  ".csv .tsv .txt .json .ndjson .jsonl (also .gz and .zst of these), .parquet, .xlsx, .duckdb, postgres://, s3:// gs:// az:// https://";

/** Most files one source may stand for, and how deep folders are searched: beyond, a pattern was meant to be narrower. */
const FILES_MAX = 100_000;
const DEPTH_MAX = 16;

const HIVE = /^([A-Za-z_][A-Za-z0-9_ -]*)=(.*)$/;

type Named = Pick<SourceFile, "stem" | "ending" | "format" | "compression">;

/** What a file's name says about it; null when its ending is not one we read. */
export const named = (fileName: string): Named | null => {
  const parts = fileName.split(".");
  const compression = COMPRESSIONS[parts.at(-1)?.toLowerCase() ?? ""];
  const rest = compression === undefined ? parts : parts.slice(0, -1);
  const ending = rest.at(-1)?.toLowerCase() ?? "";
  const format = rest.length < 2 ? undefined : FORMATS[ending];
  if (format === undefined || (COMPRESSED.includes(format) && compression !== undefined)) return null;
  return { stem: rest.slice(0, -1).join("."), ending, format, compression: compression ?? "none" };
};

const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // not percent-encoded after all
  }
};

const hiveOf = (path: string): Pick<SourceFile, "hive" | "hiveRoot"> => {
  const folders = dirname(path).split(/[\\/]/);
  const first = folders.findIndex((folder) => HIVE.test(folder));
  if (first < 0) return { hive: [], hiveRoot: null };
  const pairs = folders.flatMap((folder) => {
    const match = HIVE.exec(folder);
    return match === null ? [] : [[match[1]!, decoded(match[2]!)] as const];
  });
  return { hive: pairs, hiveRoot: folders.slice(0, first).join("/") };
};

const fileAt = (path: string, base: string): SourceFile | null => {
  const name = named(basename(path));
  if (name === null) return null;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) return null;
  return {
    ...name,
    ...hiveOf(path),
    path,
    shown: relative(base, path).split(sep).join("/") || basename(path),
    folder: dirname(path),
    bytes: found.size,
    modifiedAt: found.mtime.toISOString(),
  };
};

const isHidden = (name: string): boolean => name.startsWith(".") || name.startsWith("_");

const filesBelow = (folder: string, depth = 0): string[] => {
  if (depth > DEPTH_MAX) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !isHidden(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
      return isFolder ? filesBelow(path, depth + 1) : [path];
    });
};

const isReadable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

const statOf = (source: string, path: string): ReturnType<typeof statSync> => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (thrown) {
    throw unreadable(source, thrown);
  }
};

const oneFile = (source: string, path: string): SourceFile[] => {
  const file = fileAt(path, dirname(path));
  if (file === null) throw userError("SOURCE_KIND_UNKNOWN", source, KINDS);
  if (!isReadable(path)) throw userError("SOURCE_UNREADABLE", source, "permission denied");
  return [file];
};

const manyFiles = (source: string, paths: readonly string[], base: string): SourceFile[] => {
  if (paths.length > FILES_MAX) throw userError("LIMIT_EXCEEDED", `The number of files in ${source}`, String(FILES_MAX));
  const files = paths.flatMap((path) => fileAt(path, base) ?? []);
  if (files.length === 0) throw userError("SOURCE_WITHOUT_FILES", source, paths.length, KINDS);
  return files;
};

/** The folder a glob begins in: its path up to the first part with a wild card. */
const globBase = (pattern: string): string => {
  const parts = pattern.split(/[\\/]/);
  const wild = parts.findIndex((part) => /[*?[\]{}]/.test(part));
  return parts.slice(0, wild < 0 ? parts.length - 1 : wild).join("/") || "/";
};

const below = (source: string, folder: string): string[] => {
  try {
    return filesBelow(folder);
  } catch (thrown) {
    throw unreadable(source, thrown);
  }
};

/**
 * The local files a source stands for, in the order of their names.
 * Throws SOURCE_NOT_FOUND, SOURCE_WITHOUT_FILES, SOURCE_KIND_UNKNOWN, SOURCE_UNREADABLE, LIMIT_EXCEEDED.
 */
export const locate = (source: string): SourceFile[] => {
  const path = resolve(source.startsWith("file://") ? decoded(source.slice("file://".length)) : source);
  const found = statOf(source, path);
  if (found?.isDirectory()) return manyFiles(source, below(source, path), path);
  if (found !== undefined) return oneFile(source, path);
  const matches = /[*?[\]{}]/.test(source) ? globSync(path) : [];
  const paths = matches.sort().flatMap((match) => (statSync(match).isDirectory() ? filesBelow(match) : [match]));
  if (paths.length === 0) throw userError("SOURCE_NOT_FOUND", source);
  return manyFiles(source, paths, globBase(path));
};
