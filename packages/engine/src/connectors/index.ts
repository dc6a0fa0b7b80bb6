/** The connectors, and the choice between them. Adding one is one folder and one line here. */
import { userError } from "@touchstone/core/errors";
import type { ConnectOptions, Datastore } from "./connector.ts";
import { connectDefaults } from "./defaults.ts";
import { duckdbConnector } from "./duckdb/index.ts";
import { connectFiles } from "./files/index.ts";
import { parsePostgres } from "./postgres/config.ts";

/** The datastore of a single source that is a database; null when it is none, and so must be files. */
const connectDatabase = async (source: string, options: ConnectOptions): Promise<Datastore | null> => {
  const server = parsePostgres(source);
  // Its driver is loaded only when it is needed: who checks a file should not wait for it.
  if (server !== null) return (await import("./postgres/index.ts")).postgresConnector.connect(server, options);
  const file = duckdbConnector.parse(source);
  return file === null ? null : duckdbConnector.connect(file, options);
};

/**
 * Opens sources as one datastore: a database, or one or more files, folders, globs and URLs of files.
 * Throws SOURCE_NOT_FOUND, SOURCE_EMPTY, SOURCE_UNREADABLE, SOURCE_KIND_UNKNOWN, EXTENSION_MISSING, CONNECTION_FAILED, OPTION_INVALID.
 */
export const connect = async (sources: readonly string[], options: Partial<ConnectOptions> = {}): Promise<Datastore> => {
  const [first] = sources;
  if (first === undefined) throw userError("OPTION_INVALID", "SOURCE", "no source was named");
  const settings = connectDefaults(options);
  if (sources.length === 1) return (await connectDatabase(first, settings)) ?? connectFiles(sources, settings);
  const database = sources.find((source) => parsePostgres(source) !== null || duckdbConnector.parse(source) !== null);
  if (database !== undefined) throw userError("OPTION_INVALID", "SOURCE", "a database is checked alone; only files can be named together");
  return connectFiles(sources, settings);
};
