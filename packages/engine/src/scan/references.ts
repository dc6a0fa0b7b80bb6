/** Makes the containers other checks refer to readable in the session at hand: once each, whoever asks. */
import { and, field, isNotNull } from "@touchstone/core/expr/expr";
import { nearestName } from "@touchstone/core/expr/nearest";
import type { Container } from "@touchstone/core/model/container";
import type { Metrics } from "@touchstone/core/rules/rule";
import { userError } from "@touchstone/core/errors";
import type { Datastore, QueryOptions, Relation } from "../connectors/connector.ts";
import { whereClause } from "./context.ts";
import type { OpenedReference, ReferenceWish, Writer } from "./context.ts";
import { exprKey } from "./expression.ts";
import type { ReferenceMetrics } from "./task.ts";

export type ReferenceShelf = {
  open: (wish: ReferenceWish) => Promise<OpenedReference>;
  measure: (metrics: ReferenceMetrics) => Promise<Metrics>;
  close: () => Promise<void>;
};

export type ShelfOptions = {
  datastore: Datastore;
  container: Container;
  relation: Relation;
  /** Other datastores by the name checks use. */
  others: Readonly<Record<string, Datastore>>;
  writerOf: (datastore: Datastore) => Writer;
  query: QueryOptions;
};

type Opened = { datastore: Datastore; container: Container; from: string };

/** Keys or rows brought from one datastore into another; beyond, both should live in one engine. */
const ROWS_MAX = 5_000_000;
const ROWS_PER_INSERT = 1_000;

export const referenceShelf = (options: ShelfOptions): ReferenceShelf => {
  const opened = new Map<string, Promise<Opened>>();
  const staged = new Map<string, Promise<OpenedReference>>();
  const openOnce = (name: string | null, container: string): Promise<Opened> => {
    const key = JSON.stringify([name, container]);
    const known = opened.get(key) ?? open(options, name, container);
    opened.set(key, known);
    return known;
  };
  return {
    open: async (reference) => {
      const found = await openOnce(reference.datastore, reference.container);
      if (found.datastore === options.datastore) return { from: found.from, fields: found.container.fields };
      const key = exprKey(reference);
      const known = staged.get(key) ?? stage(options, found, reference, staged.size);
      staged.set(key, known);
      return known;
    },
    measure: async (wanted) => {
      const found = await openOnce(wanted.datastore, wanted.container);
      const write = options.writerOf(found.datastore);
      const names = Object.keys(wanted.metrics);
      const columns = names.map((name, i) => `${write.expr(wanted.metrics[name]!)} AS ${write.name(`metric_${i}`)}`);
      const rows = await found.datastore.session.query(
        `SELECT ${columns.join(", ")}\nFROM ${found.from}${whereClause(wanted.filter && write.expr(wanted.filter))}`,
        options.query,
      );
      return Object.fromEntries(names.map((name, i) => [name, rows[0]?.[`metric_${i}`] ?? null]));
    },
    close: async () => {
      for (const promise of opened.values()) {
        const result = await promise.catch(() => null);
        if (result && result.container !== options.container) await result.datastore.release(result.container);
      }
    },
  };
};

const open = async (options: ShelfOptions, name: string | null, container: string): Promise<Opened> => {
  const datastore = name === null || name === options.datastore.name ? options.datastore : options.others[name];
  if (!datastore) throw userError("OPTION_INVALID", "--reference", `no datastore is known as ${name}`);
  if (datastore === options.datastore && container === options.container.name)
    return { datastore, container: options.container, from: options.relation.from };
  const { containers } = await datastore.sync(options.query);
  const names = containers.map((known) => known.name);
  const found =
    containers.find((known) => known.name === container) ??
    containers.find((known) => known.name.toLowerCase() === container.toLowerCase());
  if (!found) throw userError("CONTAINER_UNKNOWN", container, nearestName(container, names));
  const { relation } = await datastore.open(found, options.query);
  return { datastore, container: found, from: relation.from };
};

/** The fields a check refers to (as distinct keys, or of all rows), copied into a temporary table of the session at hand. */
const stage = async (options: ShelfOptions, source: Opened, reference: ReferenceWish, number: number): Promise<OpenedReference> => {
  const { datastore } = options;
  if (!datastore.canStage)
    throw userError(
      "NOT_SUPPORTED",
      "a check against another datastore",
      datastore.type,
      "its sessions are read-only, so the other side's keys cannot be brought to it",
    );
  const fields = reference.fields.map((name) => {
    const found = source.container.fields.find((own) => own.name === name);
    if (!found)
      throw userError(
        "FIELD_UNKNOWN",
        name,
        source.container.name,
        nearestName(
          name,
          source.container.fields.map((own) => own.name),
        ),
      );
    return found;
  });
  const read = options.writerOf(source.datastore);
  const write = options.writerOf(datastore);
  const columns = fields.map((own) => read.expr(field(own.name, own.field_type)));
  const known = and(...fields.map((own) => isNotNull(field(own.name, own.field_type))));
  const filter = reference.filter && read.expr(reference.filter);
  const list = columns.map((column, i) => `${column} AS ${read.name(`c${i}`)}`).join(", ");
  const sql =
    reference.wanted === "keys"
      ? `SELECT DISTINCT ${list}\nFROM ${source.from}${whereClause(filter, read.expr(known))}`
      : `SELECT ${list}\nFROM ${source.from}${whereClause(filter)}`;
  const table = write.name(`touchstone_reference_${number}`);
  const types = fields.map((own) => `${write.name(own.name)} ${typeSql(datastore, own.field_type)}`);
  await datastore.session.run(`CREATE OR REPLACE TEMPORARY TABLE ${table} (${types.join(", ")})`, options.query);
  let rows = 0;
  for await (const batch of source.datastore.session.stream(sql, ROWS_PER_INSERT, options.query)) {
    rows += batch.length;
    if (rows > ROWS_MAX) throw userError("LIMIT_EXCEEDED", `The number of rows wanted of ${source.container.name}`, String(ROWS_MAX));
    const values = batch.map((row) => `(${fields.map((_, i) => write.expr(cellText(row[`c${i}`] ?? null))).join(", ")})`);
    if (values.length > 0) await datastore.session.run(`INSERT INTO ${table} VALUES ${values.join(", ")}`, options.query);
  }
  return { from: table, fields };
};

/** Every engine converts text on insertion into a typed column. */
const cellText = (cell: unknown): Parameters<Writer["expr"]>[0] =>
  cell === null
    ? { kind: "literal", type: "Null", value: null }
    : { kind: "literal", type: "String", value: typeof cell === "object" ? JSON.stringify(cell) : String(cell) };

const typeSql = ({ session, type }: Datastore, fieldType: Container["fields"][number]["field_type"]): string => {
  const sql = session.dialect.types[fieldType];
  if (typeof sql !== "string") throw userError("NOT_SUPPORTED", `a temporary column of type ${fieldType}`, type, sql.reason);
  return sql;
};
