/** What every enrichment target offers, and the options it is opened with. */
import type { ConnectOptions } from "../connectors/connector.ts";
import type { Replace } from "./replacement.ts";
import type { EnrichmentWrite } from "./write.ts";

export type WriteOptions = { signal?: AbortSignal | undefined };

export type EnrichmentTarget = {
  readonly kind: "folder" | "duckdb" | "postgres";
  /** For people; never holds a secret. */
  readonly name: string;
  /** Prefix of the tables, to be given to `describeWrite`. */
  readonly prefix: string;
  /**
   * Writes an operation whole or not at all. The same operation again replaces what it wrote.
   * Throws TARGET_READ_ONLY, TARGET_TABLE_FOREIGN, TARGET_BUSY, TARGET_WRITE_FAILED, DISK_FULL, CONNECTION_FAILED, CONNECTION_LOST,
   * LIMIT_EXCEEDED, ABORTED.
   */
  write(write: EnrichmentWrite, options?: WriteOptions): Promise<void>;
  /**
   * Writes a table whole or not at all, in the place of what it held. Columns are added and widened, as those of remediation tables.
   * Throws the same, and what its rows throw.
   */
  readonly replace: Replace;
};

export type TargetOptions = ConnectOptions & {
  prefix: string;
  /** How long to wait for another writer before TARGET_BUSY. */
  waitMs: number;
};
