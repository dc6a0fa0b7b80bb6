/**
 * The shape of a connector: how one kind of datastore is named, opened, listed and read.
 * A connector is one folder and one line in `index.ts`. Sources are opened read-only, always.
 */
import type { ErrorInfo } from "@touchstone/core/errors";
import type { Cell } from "@touchstone/core/rules/rule";
import type { Container } from "@touchstone/core/model/container";
import type { Dialect } from "../dialects/dialect.ts";

export type Row = Record<string, Cell>;

export type QueryOptions = {
  /** Aborting cancels the statement in the engine and rejects with ABORTED; the session stays usable. */
  signal?: AbortSignal | undefined;
  /** Fraction done 0..1, where the engine can tell. */
  onProgress?: ((fraction: number) => void) | undefined;
};

/** One open connection that runs SQL. Failures are UserErrors (connectors map the engine's own errors). */
export type Session = {
  readonly dialect: Dialect;
  /** Runs a query whose result is small (aggregates, capped rows). More than ROWS_MAX rows is a LIMIT_EXCEEDED error. */
  query(sql: string, options?: QueryOptions): Promise<Row[]>;
  /** Rows in batches, bounded memory, back-pressured. */
  stream(sql: string, batchRows: number, options?: QueryOptions): AsyncIterable<Row[]>;
  /** A statement without a result: temporary tables of the session. Engines whose sessions are read-only refuse (see canStage). */
  run(sql: string, options?: QueryOptions): Promise<void>;
};

/** Most rows `query` returns: results are aggregates or capped samples, so more is a mistake of the caller. */
export const ROWS_MAX = 200_000;

/** How SQL of this session names the rows of a container. All members are SQL text in the session's dialect. */
export type Relation = {
  /** What stands after FROM; usable with an alias behind it. */
  from: string;
  /** The same with these fields alone: naming a container of thousands of columns costs the engine more than reading one of them. */
  fromOnly?: ((fields: readonly string[]) => string) | undefined;
  /** BIGINT expression that identifies a row and grows in source order; null when the source has none (views, Postgres). */
  rowId: string | null;
  /** Predicate that selects the rows with these ids, written so that the engine can skip the rest. Given iff rowId is. */
  rowsIn: ((ids: readonly bigint[]) => string) | null;
  /** 1-based BIGINT number of the record within its partition, where the source has an order. */
  rowNumber: string | null;
  /** Text expression naming the row's partition; null when there is only one, named in the container. */
  partition: string | null;
  /** Rows of `from`, where known without reading (Parquet footers, staged tables), else null. */
  records: number | null;
  /** Rows of the whole container, when `from` is a sample of them. */
  recordsTotal?: number;
};

/** What stands after FROM where only some fields are read. */
export const fromOnly = (relation: Relation, fields: readonly string[]): string => relation.fromOnly?.(fields) ?? relation.from;

export type RejectedLine = { partition: string | null; line: number | null; field: string | null; reason: string };

export type OpenOptions = QueryOptions & {
  /** Look at a seeded uniform sample of about this many rows. */
  sampleRows?: number | undefined;
};

/** A query, opened as if it were a view. */
export type QueryView = { container: Container; relation: Relation };

/** What `sync` found. */
export type Catalog = {
  containers: Container[];
  /** Parts that could not be read, by the name their container would have. */
  failures: { name: string; error: ErrorInfo }[];
  /** What a person should know about how a container was read: renamed headers, a guessed encoding. Never a value of the data. */
  notes: { container: string; text: string }[];
};

/** An opened source. */
export type Datastore = {
  readonly type: string;
  /** For people and reports; never holds a secret. */
  readonly name: string;
  readonly session: Session;
  /** Whether the session may create temporary tables (value counts, distinct reference keys). */
  readonly canStage: boolean;
  /** What the source holds, with fields, types, keys; incremental and partition fields guessed. A broken part never hides the others. */
  sync(options?: QueryOptions): Promise<Catalog>;
  /** Makes a container readable (text files are parsed once into the engine's temporary store) and says how SQL names it. */
  open(container: Container, options?: OpenOptions): Promise<{ relation: Relation; rejected: { count: number; examples: RejectedLine[] } }>;
  /**
   * Opens a query in the engine's own SQL as if it were a view. It can read whatever this session can: who gives it decides over it.
   * Throws QUERY_FAILED.
   */
  view(name: string, query: string, options?: OpenOptions): Promise<QueryView>;
  /** Forgets what `open` staged for the container. */
  release(container: Container): Promise<void>;
  close(): Promise<void>;
};

export type ConnectOptions = {
  /** Memory limit of the engine, as DuckDB writes it ("2GB"). */
  memory: string;
  threads: number;
  /** Folder for temporary files; emptied on close. */
  tempFolder: string;
  tempBytesMax: number;
  /** Zone in which naive timestamps are read, IANA name. */
  timeZone: string;
  /** Credentials for object stores, under the names of the environment; the process's own where absent. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  signal?: AbortSignal | undefined;
};

export type Connector<Config> = {
  type: string;
  title: string;
  docs: string;
  /** Reads a source as typed on a command line into a config; null when it is not of this kind. */
  parse: (source: string) => Config | null;
  connect: (config: Config, options: ConnectOptions) => Promise<Datastore>;
};
