/** What a target writes for one operation, as data. */
import type { Anomaly, ContainerReport } from "@touchstone/core/model/report";
import type { Column, Wire } from "./kind.ts";
import type { TableName } from "./tables.ts";

export type RemediationStrategy = "none" | "append" | "overwrite";

/** What the report does not say about the operation it is of. Times are ISO 8601 UTC. */
export type EnrichmentOperation = {
  id: string;
  /** Name of the source, for people; without secrets. */
  datastore: string;
  incremental: boolean;
  startedAt: string;
  finishedAt: string;
  /** Most source records kept per anomaly; null is no limit. */
  sourceRecordLimit: number | null;
  /** Most records looked at per container; null is no limit. */
  recordsAnalyzedMax: number | null;
  remediation: RemediationStrategy;
  /** Ids of the datastore and of the only container, where somebody keeps such; else both are made of their names. */
  ids?: { datastore: string; container: string } | undefined;
};

export type TableRows = {
  table: string;
  columns: readonly Column[];
  /** Made anew at each call: the texts of a large report never stand in memory all at once. */
  rows: () => Iterable<readonly Wire[]>;
};

/** Rows of one container's remediation table. Its first columns are the source's fields, in their order. */
export type RemediationRows = TableRows & {
  strategy: "append" | "overwrite";
  /** Without rows a table is not made, but one that is overwritten is emptied. */
  isEmpty: boolean;
};

/** All that one operation writes, as data, or its part about one container. A target writes it whole or not at all. */
export type EnrichmentWrite = {
  operationId: string;
  /** The only container it is about; what the operation wrote about others stays. */
  part: { container: string; id: string } | null;
  prefix: string;
  tables: readonly (TableRows & { name: TableName })[];
  remediation: readonly RemediationRows[];
};

/** An anomaly with the id it has in all tables. */
export type Identified = { uuid: string; anomaly: Anomaly };

/** A container's report with its id in the tables, and those of its anomalies. */
export type Scanned = { report: ContainerReport; id: string; anomalies: readonly Identified[] };

/** `isOwn` is false for a record that only the other side of a comparison has. */
export type AnomalousRecord = { partition: string | null; record: Record<string, unknown>; context: string; isOwn: boolean };

/** What a comparison says of a record, in words; the key is its `_difference`. */
const DIFFERENCES: Record<string, string> = {
  added: "; added: only the reference has it, under _reference",
  removed: "; removed: the reference lacks it",
  changed: "; changed: the reference's values stand under _reference",
  duplicate: "; its key occurs more than once",
};

/** The rows of an anomaly, each with the reason why it is kept. */
export function* recordsOf(anomaly: Anomaly): Iterable<AnomalousRecord> {
  const rules = anomaly.failed_checks.map(({ rule_type, fields }) => `${rule_type}(${fields.join(", ")})`).join(", ");
  const numbered = (row: number | null): string => (row === null ? "" : ` ${row}`);
  if (anomaly.record !== null) {
    yield { partition: anomaly.partition, record: anomaly.record, context: `record${numbered(anomaly.row)} breaks ${rules}`, isOwn: true };
  }
  const count = anomaly.examples.length;
  for (const [i, { row, partition, record }] of anomaly.examples.entries()) {
    const difference = typeof record["_difference"] === "string" ? record["_difference"] : "";
    const context = `record${numbered(row)}, example ${i + 1} of ${count} for ${anomaly.anomalous_records} anomalous records of ${rules}${DIFFERENCES[difference] ?? ""}`;
    yield { partition: partition ?? anomaly.partition, record, context, isOwn: difference !== "added" };
  }
}
