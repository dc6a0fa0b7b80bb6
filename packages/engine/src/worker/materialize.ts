/** Materialize as work: a container's rows, as they are now, as a table of the enrichment datastore. */
import type { ErrorInfo } from "@touchstone/core/errors";
import type { CopiedContainer, WorkContainer } from "@touchstone/core/model/dataplane";
import type { Field } from "@touchstone/core/model/field";
import type { OperationOptions } from "@touchstone/core/model/operation-options";
import type { Row, Session } from "../connectors/connector.ts";
import type { Batch, EnrichmentTarget } from "../enrichment/index.ts";
import { kindOfField, kindOfValues, TEXT, wire, type Column, type ColumnKind } from "../enrichment/kind.ts";
import { columnNames } from "../enrichment/remediation.ts";
import { SNAPSHOT_OPERATION_COLUMN, snapshotTable } from "../enrichment/tables.ts";
import { MASK, shown } from "../scan/shown.ts";
import { withContainer } from "./open-container.ts";
import type { OpenedContainer, Operating } from "./operation.ts";
import { withReferences } from "./references.ts";

/** What a snapshot keeps open besides the datastore. */
export type Materializing = Operating & { target: EnrichmentTarget };

/** Rows read and written at once. */
const BATCH_ROWS = 2000;

export const uncopied = (containerId: number, error: ErrorInfo): CopiedContainer => ({
  kind: "materialize",
  container_id: containerId,
  result: "failure",
  error,
  records: 0,
});

const OWN: Column = { name: SNAPSHOT_OPERATION_COLUMN, kind: TEXT };

/** Whole numbers that fit in 64 bits by their type. */
const FITS_BIGINT = /^(u?(tinyint|smallint|int|integer)|bigint|int[1248])\b/i;

/** Kinds of which the type does not say that every value fits: the extremes are looked at. */
const isOpen = ({ kind }: ColumnKind, { native_type }: Field): boolean =>
  kind === "date" || kind === "timestamp" || kind === "decimal" || (kind === "bigint" && !FITS_BIGINT.test(native_type));

const isHidden = ({ masked }: Field, { include_masked }: OperationOptions): boolean => masked && include_masked !== true;

/** A column for each field, wide enough for the values it has now. */
const columnsOf = async (session: Session, { container, relation }: OpenedContainer, request: OperationOptions, signal: AbortSignal) => {
  const names = columnNames(container.fields, [OWN]);
  const wanted = container.fields.map((field) => (isHidden(field, request) ? TEXT : kindOfField(field.field_type, field.native_type)));
  const open = container.fields.flatMap((field, i) => (!isHidden(field, request) && isOpen(wanted[i]!, field) ? [i] : []));
  const extremes = open.flatMap((i) => {
    const name = session.dialect.quote(container.fields[i]!.name);
    return [`min(${name}) AS ${session.dialect.quote(`min_${i}`)}`, `max(${name}) AS ${session.dialect.quote(`max_${i}`)}`];
  });
  const [found = {}] = open.length === 0 ? [] : await session.query(`SELECT ${extremes.join(", ")} FROM ${relation.from}`, { signal });
  return wanted.map((kind, i): Column => ({
    name: names[i]!,
    kind: open.includes(i) ? kindOfValues(kind, [shown(found[`min_${i}`] ?? null), shown(found[`max_${i}`] ?? null)]) : kind,
  }));
};

/** SQL of the rows. A masked field is not even read. */
const selectOf = (session: Session, { container, relation }: OpenedContainer, request: OperationOptions): string => {
  const columns = container.fields.filter((field) => !isHidden(field, request)).map(({ name }) => session.dialect.quote(name));
  const rowsMax = request.max_records_per_partition;
  const limit = rowsMax == null || rowsMax < 0 ? "" : ` LIMIT ${rowsMax}`;
  return `SELECT ${columns.length === 0 ? "1 AS nothing" : columns.join(", ")} FROM ${relation.from}${limit}`;
};

/** Writes one container. Throws ABORTED, and what the engine or the enrichment datastore fails with. */
export const materializeWork = (work: Materializing, known: WorkContainer): Promise<CopiedContainer> => {
  const { datastore, settings, lease } = work;
  return withReferences(known.references, settings, lease.signal, (others) =>
    withContainer({ datastore, others, settings }, known, { signal: lease.signal }, (opened) => copyOpened(work, opened)),
  );
};

const copyOpened = async ({ request, lease, spec, target }: Materializing, opened: OpenedContainer): Promise<CopiedContainer> => {
  const { signal } = lease;
  const { known } = opened;
  const { session } = opened.datastore;
  const { fields } = opened.container;
  const columns = await columnsOf(session, opened, request, signal);
  const operationId = String(spec.operation.id);
  const cells = (row: Row) => fields.map((field) => (isHidden(field, request) ? MASK : wire(shown(row[field.name] ?? null))));
  let records = 0;
  const rows = async function* (): AsyncIterable<Batch> {
    records = 0;
    for await (const batch of session.stream(selectOf(session, opened, request), BATCH_ROWS, { signal })) {
      yield batch.map((row) => [...cells(row), operationId]);
      records += batch.length;
      lease.step({ container: known.name, phase: "materialize", fraction: 0 });
    }
  };
  const table = snapshotTable(target.prefix, known);
  await target.replace({ operationId, table, columns: [...columns, OWN], identity: [OWN.name], rows }, { signal });
  return { kind: "materialize", container_id: known.id, result: "success", error: null, records };
};
