/** How an engine process is configured, and closed against everything but what its source needs. */
import type { SlotSettings } from "./protocol.ts";

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const list = (values: readonly string[]): string => `[${values.map(text).join(", ")}]`;

/** Options that DuckDB takes when an instance is made (list-valued ones and TimeZone it does not). */
export const settingsAtCreation = (settings: SlotSettings): Record<string, string> => ({
  memory_limit: settings.memory,
  threads: String(settings.threads),
  temp_directory: settings.tempFolder,
  extension_directory: settings.extensionFolder,
  autoload_known_extensions: "false",
  autoinstall_known_extensions: "false",
  allow_community_extensions: "false",
});

/**
 * Statements that prepare and then lock an instance, in this order: external access is switched off after ATTACH, LOAD
 * and CREATE SECRET, and the lock on the configuration comes last. https://duckdb.org/docs/operations_manual/securing_duckdb/overview
 */
export const lockDown = (settings: SlotSettings): string[] => [
  "SET TimeZone = 'UTC'",
  `SET max_temp_directory_size = '${settings.tempBytesMax}B'`, // enforced by SET only, not as a creation option
  "SET allow_persistent_secrets = false",
  // A footer of thousands of columns is read once and not by every statement; a file that changes is read anew.
  "SET parquet_metadata_cache = true",
  "SET enable_progress_bar = true",
  "SET enable_progress_bar_print = false",
  ...settings.setup,
  `SET allowed_paths = ${list(settings.allowedPaths)}`,
  `SET allowed_directories = ${list([settings.tempFolder, ...settings.allowedDirectories])}`,
  "SET enable_external_access = false",
  "SET lock_configuration = true",
];
