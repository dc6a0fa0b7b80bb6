/**
 * Files behind URLs, read by DuckDB's own extensions where they are installed. Credentials come from the variables the
 * cloud's own tools use; they become secrets of the engine's memory and are never written, shown or logged.
 * https://duckdb.org/docs/stable/core_extensions/httpfs/s3api https://duckdb.org/docs/stable/core_extensions/azure
 */
import { basename, join } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { QueryOptions, Session } from "../connector.ts";
import { extensionFolder, isInstalled } from "./extensions.ts";
import { KINDS, named } from "./locate.ts";
import type { SourceFile } from "./locate.ts";
import { text } from "./stage.ts";

type Scheme = "s3" | "gcs" | "azure" | "http";

export type RemoteSource = {
  /** The URL for the engine. */
  url: string;
  scheme: Scheme;
  extension: "httpfs" | "azure";
  /** The URL without user, password and query, for people. */
  shown: string;
};

const SCHEMES: Record<string, Scheme> = {
  s3: "s3",
  s3a: "s3",
  s3n: "s3",
  gs: "gcs",
  gcs: "gcs",
  az: "azure",
  azure: "azure",
  abfss: "azure",
  http: "http",
  https: "http",
};

/** What a URL says; null for anything else. */
export const parseRemote = (source: string): RemoteSource | null => {
  const match = /^([a-z0-9]+):\/\/(.+)$/i.exec(source);
  const scheme = SCHEMES[match?.[1]?.toLowerCase() ?? ""];
  if (match === null || scheme === undefined) return null;
  const rest = match[2]!.replace(/^[^/@]*@(?=[^/])/, (user) => (scheme === "azure" ? user : ""));
  const shown = `${match[1]!.toLowerCase()}://${scheme === "http" ? rest.replace(/[?#].*$/s, "").replace(/^[^/@]*@/, "") : rest}`;
  return { url: source, scheme, extension: scheme === "azure" ? "azure" : "httpfs", shown };
};

type Environment = Readonly<Record<string, string | undefined>>;

const secret = (type: string, settings: Record<string, string | undefined>): string[] => {
  const given = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${name} ${text(value)}`],
  );
  return given.length === 0 ? [] : [`CREATE TEMPORARY SECRET touchstone_${type} (${[`TYPE ${type}`, ...given].join(", ")})`];
};

const SECRETS: Record<Scheme, (environment: Environment) => string[]> = {
  s3: (env) =>
    secret("s3", {
      KEY_ID: env["AWS_ACCESS_KEY_ID"],
      SECRET: env["AWS_SECRET_ACCESS_KEY"],
      SESSION_TOKEN: env["AWS_SESSION_TOKEN"],
      REGION: env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"],
      ENDPOINT: (env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"])?.replace(/^https?:\/\//, ""),
    }),
  gcs: (env) => secret("gcs", { KEY_ID: env["GCS_ACCESS_KEY_ID"], SECRET: env["GCS_SECRET_ACCESS_KEY"] }),
  azure: (env) =>
    secret("azure", {
      CONNECTION_STRING: env["AZURE_STORAGE_CONNECTION_STRING"],
      ACCOUNT_NAME: env["AZURE_STORAGE_CONNECTION_STRING"] ? undefined : env["AZURE_STORAGE_ACCOUNT"],
    }),
  http: (env) => secret("http", { BEARER_TOKEN: env["TOUCHSTONE_HTTP_TOKEN"] }),
};

/** Statements that let the engine reach these sources. Throws EXTENSION_MISSING. */
export const remoteSetup = (sources: readonly RemoteSource[], environment: Environment = process.env): string[] => {
  const missing = sources.find((source) => !isInstalled(source.extension));
  if (missing !== undefined) throw userError("EXTENSION_MISSING", missing.extension, missing.shown, extensionFolder());
  const extensions = new Set(sources.map((source) => source.extension));
  const schemes = new Set(sources.map((source) => source.scheme));
  return [...[...extensions].map((name) => `LOAD ${name}`), ...[...schemes].flatMap((scheme) => SECRETS[scheme](environment))];
};

/** The part of a URL before its first wild card, up to a slash: all the engine may reach. */
export const remotePrefix = (source: RemoteSource): string => {
  const fixed = source.url.replace(/[*?[{][\s\S]*$/, "");
  return fixed.slice(0, fixed.lastIndexOf("/") + 1);
};

const isPattern = (url: string, scheme: Scheme): boolean => (scheme === "http" ? url.includes("*") : /[*?[{]/.test(url));

const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, "");

const remoteFile = (url: string, source: RemoteSource): SourceFile | null => {
  const plain = source.scheme === "http" ? withoutQuery(url) : url;
  const name = named(basename(plain));
  if (name === null) return null;
  const folder = plain.slice(0, plain.lastIndexOf("/"));
  return {
    ...name,
    path: url,
    shown: parseRemote(url)?.shown ?? source.shown,
    folder,
    hive: [],
    hiveRoot: null,
    bytes: null,
    modifiedAt: null,
  };
};

/** A text file brought into the temp folder, where its head can be looked at and its lines repaired. */
const fetched = async (
  session: Session,
  file: SourceFile,
  tempFolder: string,
  index: number,
  options: QueryOptions,
): Promise<SourceFile> => {
  if (file.format === "parquet") return file;
  const target = join(tempFolder, `remote-${index}-${basename(file.shown).replace(/[^A-Za-z0-9.-]/g, "_")}`);
  await session.run(`COPY (SELECT content FROM read_blob(${text(file.path)})) TO ${text(target)} (FORMAT blob)`, options);
  return { ...file, path: target };
};

/** The files behind remote sources. Throws SOURCE_NOT_FOUND, SOURCE_KIND_UNKNOWN, and what the engine fails with. */
export const locateRemote = async (
  session: Session,
  sources: readonly RemoteSource[],
  tempFolder: string,
  options: QueryOptions = {},
): Promise<SourceFile[]> => {
  const files: SourceFile[] = [];
  for (const source of sources) {
    const urls = isPattern(source.url, source.scheme)
      ? (await session.query(`SELECT file FROM glob(${text(source.url)}) ORDER BY file`, options)).map((row) => String(row["file"]))
      : [source.url];
    if (urls.length === 0) throw userError("SOURCE_NOT_FOUND", source.shown);
    const known = urls.flatMap((url) => remoteFile(url, source) ?? []);
    if (known.length === 0) throw userError("SOURCE_KIND_UNKNOWN", source.shown, KINDS);
    for (const file of known) files.push(await fetched(session, file, tempFolder, files.length, options));
  }
  return files;
};
