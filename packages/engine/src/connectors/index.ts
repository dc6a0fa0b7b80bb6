/** The connectors, and the choice between them. Adding one is one folder and one line here. */
import { userError } from "@touchstone/core/errors";
import type { ConnectOptions, Datastore } from "./connector.ts";
import { connectDefaults } from "./defaults.ts";
import { connectFiles } from "./files/index.ts";

/**
 * Opens sources as one datastore: one or more files, folders, globs or URLs of files.
 * Throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, SOURCE_KIND_UNKNOWN, CONNECTION_FAILED.
 */
export const connect = async (sources: readonly string[], options: Partial<ConnectOptions> = {}): Promise<Datastore> => {
  if (sources.length === 0) throw userError("OPTION_INVALID", "SOURCE", "no source was named");
  return connectFiles(sources, connectDefaults(options));
};
