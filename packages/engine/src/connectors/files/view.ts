/** The view by which SQL names a container: its fields under their own names, and helper columns for place and file. */
import { duckdb } from "../../dialects/duckdb.ts";
import type { Relation, Session } from "../connector.ts";
import { helperName } from "../duckdb/expose.ts";

/** Views lie in a schema of their own, so that no temporary table of a session can take their name. */
export const VIEW_SCHEMA = "source";

export type ViewPlan = {
  container: string;
  columns: readonly { name: string; sql: string }[];
  from: string;
  /** SQL of the row id, the number of the record in its file, and the file's name; null where the source has none. */
  rowId: string | null;
  rowNumber: string | null;
  partition: string | null;
  /** Further helper columns by which rowsIn names rows, and the predicate over their quoted names. */
  place?: { columns: Record<string, string>; rowsIn: (ids: readonly bigint[], quoted: Record<string, string>) => string };
  records: number | null;
};

/** Makes the view and says how its rows are named. */
export const createView = async (session: Session, plan: ViewPlan): Promise<Relation> => {
  const names = plan.columns.map((column) => column.name);
  const helper = (wanted: string): string => duckdb.quote(helperName(wanted, names));
  const view = `${VIEW_SCHEMA}.${duckdb.quote(plan.container)}`;
  const placeNames = Object.fromEntries(Object.keys(plan.place?.columns ?? {}).map((key) => [key, helper(key)]));
  const helpers = [
    ...(plan.rowId === null ? [] : [`${plan.rowId} AS ${helper("row")}`]),
    ...(plan.rowNumber === null ? [] : [`${plan.rowNumber} AS ${helper("record")}`]),
    ...(plan.partition === null ? [] : [`${plan.partition} AS ${helper("partition")}`]),
    ...Object.entries(plan.place?.columns ?? {}).map(([key, sql]) => `${sql} AS ${placeNames[key]}`),
  ];
  const columns = new Map(plan.columns.map((column) => [column.name, `${column.sql} AS ${duckdb.quote(column.name)}`]));
  await session.run(`CREATE OR REPLACE VIEW ${view} AS SELECT ${[...columns.values(), ...helpers].join(", ")} FROM ${plan.from}`);
  const rowId = plan.rowId === null ? null : helper("row");
  const { place } = plan;
  const byId = (ids: readonly bigint[]): string => (ids.length === 0 ? "false" : `${rowId} IN (${ids.join(", ")})`);
  return {
    from: view,
    fromOnly: (fields) => `(SELECT ${[...fields.flatMap((name) => columns.get(name) ?? []), ...helpers].join(", ")} FROM ${plan.from})`,
    rowId,
    rowsIn: rowId === null ? null : place === undefined ? byId : (ids) => (ids.length === 0 ? "false" : place.rowsIn(ids, placeNames)),
    rowNumber: plan.rowNumber === null ? null : helper("record"),
    partition: plan.partition === null ? null : helper("partition"),
    records: plan.records,
  };
};

export const dropView = (session: Session, container: string): Promise<void> =>
  session.run(`DROP VIEW IF EXISTS ${VIEW_SCHEMA}.${duckdb.quote(container)}`);
