/** What the parts of an operation share: the open datastore, whom to tell, and when to stop. */
import type { ContainerResult, ExportPage, OperationSpec, WorkContainer } from "@touchstone/core/model/dataplane";
import type { OperationOptions } from "@touchstone/core/model/operation-options";
import type { Container } from "@touchstone/core/model/container";
import type { ConnectOptions, Datastore, RejectedLine, Relation } from "../connectors/connector.ts";

/** How the control plane is spoken to about one piece of work, under its lease. */
export type Lease = {
  /** Asks for a container whose turn has come; null when it is gone meanwhile. */
  open: (containerId: number) => Promise<WorkContainer | null>;
  /** Tells how far the work is; what is told too often is left out. */
  step: (step: { container: string | null; phase: string; fraction: number }) => void;
  /** Tells how many containers there are. */
  total: (containers: number) => Promise<void>;
  /** A part of what is to be exported. */
  export: (after: number | null) => Promise<ExportPage>;
  /** Rows that came with the operation, sealed for this key; null while they have not come. */
  rows: (publicKey: string) => Promise<{ sealed: string | null; gone: boolean }>;
  /** Stores finished containers. */
  store: (results: readonly ContainerResult[]) => Promise<void>;
  /** Aborted when the work is to be left where it is. */
  signal: AbortSignal;
};

export type EngineSettings = Partial<ConnectOptions>;

export type Operating = {
  spec: OperationSpec;
  request: OperationOptions;
  datastore: Datastore;
  lease: Lease;
  settings: EngineSettings;
};

/** A container made readable, as people have decided it is. */
export type OpenedContainer = {
  known: WorkContainer;
  /** Where it is read: the datastore at hand, or for what is computed from several an engine of its own. */
  datastore: Datastore;
  container: Container;
  /** All containers of the datastore, as they were found. */
  catalogue: readonly Container[];
  relation: Relation;
  rejected: { count: number; examples: RejectedLine[] };
  sampled: boolean;
  close: () => Promise<void>;
};

/** Rows looked at per container; undefined for all. */
export const sampleRows = ({ max_records_analyzed_per_partition: rows }: OperationOptions): number | undefined =>
  rows == null || rows < 1 ? undefined : rows;
