/** What the parent and the engine process say to each other. Sent with the structured-clone ("advanced") serialization. */
import type { Cell } from "@touchstone/core/rules/rule";

export type SlotSettings = {
  /** Memory limit of the engine, as DuckDB writes it ("2GB"). */
  memory: string;
  threads: number;
  /** An existing folder of this slot alone: spilled data and staged tables. The slot removes it when it closes or when the parent dies. */
  tempFolder: string;
  tempBytesMax: number;
  /** What the slot reads, for error messages; never a secret. */
  target: string;
  /** Statements run before the lock-down: ATTACH, LOAD, CREATE SECRET. */
  setup: readonly string[];
  /** Files the engine may read once it is locked. Its temp folder needs no mention. */
  allowedPaths: readonly string[];
  /** Folders (or URL prefixes) below which everything may be read and written once it is locked. */
  allowedDirectories: readonly string[];
  /** Where extensions lie, `<folder>/v1.5.5/linux_amd64/<name>.duckdb_extension`. */
  extensionFolder: string;
};

export type Request =
  | { kind: "open"; id: number; settings: SlotSettings }
  | { kind: "query"; id: number; sql: string; rowsMax: number; progress: boolean }
  /** `parameters` are the texts of $1, $2 …: values travel beside the statement, never in it. */
  | { kind: "run"; id: number; sql: string; parameters?: readonly string[]; progress: boolean }
  | { kind: "stream"; id: number; sql: string; batchRows: number; progress: boolean }
  /** Asks for the next batch of a stream: without it nothing is read ahead. */
  | { kind: "next"; id: number }
  /** Ends a statement or stream, waiting or running. */
  | { kind: "cancel"; id: number };

export type Reply =
  | { kind: "rows"; id: number; names: string[]; rows: Cell[][] }
  | { kind: "done"; id: number }
  | { kind: "progress"; id: number; fraction: number }
  /** The engine's own message, to be mapped by failure.ts; it may hold data and is never shown as it is. */
  | { kind: "failed"; id: number; message: string }
  /** The result was larger than `rowsMax`. */
  | { kind: "tooMany"; id: number };
