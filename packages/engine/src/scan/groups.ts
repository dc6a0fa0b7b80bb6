/** One grouping for all checks on the same keys; of the groups that offend, the source rows are fetched as examples. */
import { isNotNull } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import type { Cell, Metrics } from "@touchstone/core/rules/rule";
import { fromOnly } from "../connectors/connector.ts";
import { isGap } from "../dialects/dialect.ts";
import type { CapturedRow } from "../anomalies.ts";
import type { GroupsPass, TaskOf } from "../plan.ts";
import { conjunction, toId, whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { rowReader, rowColumns } from "./evidence.ts";
import { fieldsRead } from "./expression.ts";
import { attemptOf, isolate } from "./isolate.ts";
import type { Attempt } from "./isolate.ts";

export type GroupsTask = TaskOf<"groups">;
/** Metrics of one check's grouping. */
export type GroupsMeasure = { metrics: Metrics };

/** Measures all tasks of a grouping in one statement; a task that breaks it is found and left out. */
export const measureGroups = async (
  context: ScanContext,
  pass: GroupsPass,
  tasks: readonly GroupsTask[],
): Promise<Map<string, Attempt<GroupsMeasure>>> => {
  const results = await isolate(tasks, async (part) => {
    const rows = await context.query("grouping", groupsSql(context, pass, part));
    return part.map((task, t) => read(task, t, rows[0] ?? {}));
  });
  return new Map(tasks.map(({ uid }, i) => [uid, results[i]!]));
};

const read = (task: GroupsTask, t: number, row: Record<string, Cell>): GroupsMeasure => ({
  metrics: Object.fromEntries(Object.keys(task.body.metrics).map((name, m) => [name, row[`metric_${t}_${m}`] ?? null])),
});

/**
 * The statement of a grouping: metrics of every task over the groups. First rows of groups are asked for only when a check has failed:
 * to keep them costs a fifth of grouping ten million keys, and mostly nothing fails.
 */
export const groupsSql = (context: ScanContext, pass: GroupsPass, tasks: readonly GroupsTask[]): string => {
  const { write } = context;
  const columns = tasks.flatMap(({ body }, t) =>
    Object.values(body.metrics).map((metric, m) => `${write.expr(metric)} AS ${write.name(`metric_${t}_${m}`)}`),
  );
  return `SELECT ${columns.length > 0 ? columns.join(",\n  ") : "COUNT(*) AS groups_counted"}\nFROM (${groupedSql(context, pass, false)}) AS row_groups`;
};

/** The first rows of some offending groups, the earliest; null where the engine has no row ids, or every row is wanted. */
const firstIds = async (context: ScanContext, pass: GroupsPass, offending: Expr): Promise<bigint[] | null> => {
  const { session, relation, write, rowsMax } = context;
  if (relation.rowId === null || relation.rowsIn === null || isGap(session.dialect.smallestIds) || !Number.isFinite(rowsMax)) return null;
  const ids = session.dialect.smallestIds(`CASE WHEN ${write.expr(offending)} THEN ${write.name(FIRST)} END`, rowsMax);
  const [found] = await context.query(
    "first rows of groups",
    `SELECT ${ids} AS ${write.name("ids")}\nFROM (${groupedSql(context, pass, true)}) AS row_groups`,
  );
  const cells = found?.["ids"];
  return Array.isArray(cells) ? cells.flatMap((id) => toId(id) ?? []) : [];
};

const FIRST = "touchstone_first_id";

/** What stands after FROM for a grouping: only the fields it reads, for there is a grouping for each set of keys. */
const sourceOf = ({ relation, slice, container }: ScanContext, pass: GroupsPass): string => {
  const read = fieldsRead([...pass.by, ...(pass.filter === null ? [] : [pass.filter])]);
  if (read === null || read.length === 0) return relation.from;
  const ofSlice = slice === null || container.incremental_field === null ? [] : [container.incremental_field];
  return fromOnly(relation, [...new Set([...read, ...ofSlice])]);
};

const conditions = ({ write, slice }: ScanContext, pass: GroupsPass): string | null =>
  conjunction(
    pass.scope === "slice" ? slice : null,
    pass.filter && write.expr(pass.filter),
    ...(pass.dropNulls ? pass.by.map((key) => write.expr(isNotNull(key))) : []),
  );

const groupedSql = (context: ScanContext, pass: GroupsPass, withFirst: boolean): string => {
  const { write, relation } = context;
  const columns = [
    ...pass.by.map((key, i) => `${write.expr(key)} AS ${write.name(`key_${i + 1}`)}`),
    `COUNT(*) AS ${write.name("rows")}`,
    ...(withFirst ? [`MIN(${relation.rowId}) AS ${write.name(FIRST)}`] : []),
  ];
  const by = pass.by.length === 0 ? "" : `\nGROUP BY ${pass.by.map((_, i) => i + 1).join(", ")}`;
  return `SELECT ${columns.join(", ")} FROM ${sourceOf(context, pass)} AS source_rows${whereClause(conditions(context, pass))}${by}`;
};

/** Rows of offending groups, group by group, for a failed check; none for checks without offending groups. */
export const groupExamples = async (context: ScanContext, pass: GroupsPass, task: GroupsTask): Promise<CapturedRow[]> => {
  const { offending } = task.body;
  if (offending === null || pass.by.length === 0 || context.rowsMax === 0) return [];
  const ids = await firstIds(context, pass, offending);
  const keys = ids === null ? keysOfGroups(context, pass, offending) : keysOfRows(context, pass, ids);
  if (keys === null) return [];
  const sql = attemptOf(() => membersSql(context, pass, keys));
  if (!sql.ok) return [];
  const rows: CapturedRow[] = [];
  const readRow = rowReader(context);
  for await (const batch of context.stream("captured rows of groups", sql.value, EXAMPLES_PER_BATCH)) rows.push(...batch.map(readRow));
  return rows;
};

const EXAMPLES_PER_BATCH = 1_000;
/** Example rows of one check when caps are lifted. */
const EXAMPLES_MAX_UNCAPPED = 100_000;
const keyName = (i: number): string => `touchstone_key_${i + 1}`;

const keysOfRows = (context: ScanContext, pass: GroupsPass, ids: readonly bigint[]): string | null => {
  const { write, relation } = context;
  if (ids.length === 0) return null;
  const keys = pass.by.map((key, i) => `${write.expr(key)} AS ${write.name(keyName(i))}`).join(", ");
  return `SELECT DISTINCT ${keys} FROM ${sourceOf(context, pass)} AS source_rows${whereClause(relation.rowsIn!(ids))}`;
};

const keysOfGroups = (context: ScanContext, pass: GroupsPass, offending: Expr): string => {
  const { write, rowsMax } = context;
  const keys = pass.by.map((_, i) => `${write.name(`key_${i + 1}`)} AS ${write.name(keyName(i))}`).join(", ");
  const limit = Number.isFinite(rowsMax) ? rowsMax : EXAMPLES_MAX_UNCAPPED;
  return `SELECT ${keys} FROM (${groupedSql(context, pass, false)}) AS row_groups WHERE ${write.expr(offending)} ORDER BY ${pass.by.map((_, i) => i + 1).join(", ")} LIMIT ${limit}`;
};

/** Members stand together, groups in the order of their first row. */
const membersSql = (context: ScanContext, pass: GroupsPass, keys: string): string => {
  const { write, relation, rowsMax } = context;
  const equal = pass.by
    .map((key, i) => `${write.expr(key)} ${pass.dropNulls ? "=" : "IS NOT DISTINCT FROM"} offending.${write.name(keyName(i))}`)
    .join(" AND ");
  const names = pass.by.map((_, i) => `offending.${write.name(keyName(i))}`).join(", ");
  const order = relation.rowId === null ? names : `MIN(${relation.rowId}) OVER (PARTITION BY ${names}), ${relation.rowId}`;
  const limit = Number.isFinite(rowsMax) ? rowsMax : EXAMPLES_MAX_UNCAPPED;
  return `SELECT ${rowColumns(context, relation).join(", ")}\nFROM ${relation.from}\nJOIN (${keys}) AS offending ON ${equal}${whereClause(conditions(context, pass))}\nORDER BY ${order}\nLIMIT ${limit}`;
};
