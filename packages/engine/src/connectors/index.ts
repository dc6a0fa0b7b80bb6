/** The connectors, and the choice between them. Adding one is one folder and one line here. */
import { userError } from "@touchstone/core/errors";
import type { ConnectOptions, Connector, Datastore } from "./connector.ts";
import { connectDefaults } from "./defaults.ts";
import { duckdbConnector } from "./duckdb/index.ts";
import { connectFiles } from "./files/index.ts";
import { KINDS } from "./files/locate.ts";
import { parseRemote } from "./files/remote.ts";

/** A database among connectors: whether a source is meant for it, and how it is opened. Drivers are loaded when they are needed. */
type Database = { takes: (source: string) => boolean; connect: (source: string, options: ConnectOptions) => Promise<Datastore> };

const connectBy = <Config>(connector: Connector<Config>, source: string, options: ConnectOptions): Promise<Datastore> => {
  const config = connector.parse(source);
  if (config === null) throw userError("OPTION_INVALID", "SOURCE", `it is not a ${connector.title} as it should be written`);
  return connector.connect(config, options);
};

const DATABASES: readonly Database[] = [
  {
    takes: (source) => duckdbConnector.parse(source) !== null,
    connect: async (source, options) => connectBy(duckdbConnector, source, options),
  },
  {
    takes: (source) => /^postgres(ql)?:/i.test(source),
    connect: async (source, options) => connectBy((await import("./postgres/index.ts")).postgresConnector, source, options),
  },
];

const databaseOf = (source: string): Database | undefined => DATABASES.find((database) => database.takes(source));

/** A source without what may be secret in it: user, password and query of a URL. */
const withoutSecrets = (source: string): string => source.replace(/^([a-z0-9+.-]+:\/\/)[^/@]*@/i, "$1").replace(/\?.*$/s, "");

/** A URL that nothing here reads. */
const isForeign = (source: string): boolean =>
  /^[a-z][a-z0-9+.-]+:\/\//i.test(source) && !/^file:/i.test(source) && parseRemote(source) === null;

/**
 * Opens sources as one datastore: a database, or one or more files, folders, globs and URLs of files.
 * Throws SOURCE_NOT_FOUND, SOURCE_EMPTY, SOURCE_UNREADABLE, SOURCE_KIND_UNKNOWN, EXTENSION_MISSING, CONNECTION_FAILED, OPTION_INVALID.
 */
export const connect = async (sources: readonly string[], options: Partial<ConnectOptions> = {}): Promise<Datastore> => {
  const [first, ...others] = sources;
  if (first === undefined) throw userError("OPTION_INVALID", "SOURCE", "no source was named");
  // Not the folder one stands in: an empty word is mostly a variable of the shell that was not set.
  if (sources.some((source) => source.trim() === "")) throw userError("OPTION_INVALID", "SOURCE", "a source is empty");
  const settings = connectDefaults(options);
  const foreign = sources.find((source) => isForeign(source) && databaseOf(source) === undefined);
  if (foreign !== undefined) throw userError("SOURCE_KIND_UNKNOWN", withoutSecrets(foreign), KINDS);
  const database = sources.find((source) => databaseOf(source) !== undefined);
  if (database === undefined) return connectFiles(sources, settings);
  if (others.length > 0)
    throw userError("OPTION_INVALID", withoutSecrets(database), "a database is opened alone; only files can be named together");
  return databaseOf(first)!.connect(first, settings);
};
