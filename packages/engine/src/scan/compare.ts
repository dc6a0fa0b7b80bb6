/**
 * Two containers matched by key and compared cell by cell, or without keys as multisets of rows.
 *
 * A key that repeats on a side is reported as duplicate and compared by its first row only: never cross-joined. A NULL in
 * a key matches nothing. Added: only in the reference; removed: only in the container at hand.
 */
import { field, or } from "@touchstone/core/expr/expr";
import type { DataType, Expr } from "@touchstone/core/expr/expr";
import type { ExampleRecord } from "@touchstone/core/model/report";
import { fails, holds } from "@touchstone/core/rules/rule";
import type { Cell, Verdict } from "@touchstone/core/rules/rule";
import { userError } from "@touchstone/core/errors";
import type { Row } from "../connectors/connector.ts";
import type { TaskOf } from "../plan.ts";
import { toCount, whereClause } from "./context.ts";
import type { OpenedReference, ScanContext } from "./context.ts";
import { MASK, shown } from "./shown.ts";

type CompareTask = TaskOf<"compare">;
type Difference = "added" | "removed" | "changed" | "duplicate";
export type Comparison = { verdict: Verdict; examples: ExampleRecord[] };

const LEFT = "own_side";
const RIGHT = "reference_side";

/** Compares the filtered rows of the container with the filtered rows of the reference. */
export const compareContainers = async (context: ScanContext, task: CompareTask): Promise<Comparison> => {
  const { reference, keys, compared } = task.body;
  const opened = await context.openReference({
    ...reference,
    wanted: "rows",
    fields: [...new Set([...keys, ...compared.map(({ name }) => name)])],
  });
  if (keys.length === 0) return compareMultisets(context, task, opened);
  const sides = matched(context, task, opened);
  const rows = await context.query(
    "comparison",
    `SELECT difference, COUNT(*) AS ${context.write.name("rows")}\nFROM (${sides}) AS compared\nGROUP BY 1`,
  );
  const counts = new Map(rows.map((row) => [String(row["difference"]), toCount(row["rows"])]));
  const wanted: Difference[] = [...task.body.changes, "duplicate"];
  const total = wanted.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
  if (total === 0) return { verdict: holds(0), examples: [] };
  const words = wanted.filter((kind) => counts.get(kind)).map((kind) => `${counts.get(kind)} ${kind}`);
  return {
    verdict: fails(
      `${context.container.name} differs from ${reference.container} in ${total} records: ${words.join(", ")}`,
      total,
      Object.fromEntries(wanted.map((kind) => [kind, counts.get(kind) ?? 0])),
    ),
    examples: await examplesOf(context, task, opened, sides, wanted),
  };
};

const typeIn = (fields: readonly { name: string; field_type: DataType }[], name: string, container: string): DataType => {
  const found = fields.find((own) => own.name === name);
  if (!found) throw userError("FIELD_UNKNOWN", name, container, null);
  return found.field_type;
};

/** Both sides, numbered within their key so that only first rows are matched, outer-joined and classified. */
const matched = (context: ScanContext, task: CompareTask, opened: OpenedReference): string => {
  const { write, container, relation } = context;
  const { keys, compared, reference } = task.body;
  const names = [...new Set([...keys, ...compared.map(({ name }) => name)])];
  const side = (from: string, filter: Expr | null): string => {
    const key = keys.map(write.name).join(", ");
    const numbered = `SELECT ${names.map(write.name).join(", ")}, ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY ${key}) AS touchstone_rank, COUNT(*) OVER (PARTITION BY ${key}) AS touchstone_copies FROM ${from}${whereClause(filter && write.expr(filter))}`;
    return `(SELECT *, TRUE AS touchstone_present FROM (${numbered}) AS numbered WHERE touchstone_rank = 1${keys.map((name) => ` OR ${write.name(name)} IS NULL`).join("")})`;
  };
  const refs = (name: string): [Expr, Expr] => [
    field(name, typeIn(container.fields, name, container.name), LEFT),
    field(name, typeIn(opened.fields, name, reference.container), RIGHT),
  ];
  const on = keys
    .map((name) =>
      refs(name)
        .map((ref) => write.expr(ref))
        .join(" = "),
    )
    .join(" AND ");
  const changed = write.expr(or(...compared.map(({ name, differs }) => differs(...refs(name)))));
  const copies = keys.map((name) => `${LEFT}.${write.name(name)} IS NOT NULL`).join(" AND ");
  const difference =
    `CASE WHEN ${LEFT}.touchstone_present IS NULL THEN 'added' WHEN ${RIGHT}.touchstone_present IS NULL AND (${LEFT}.touchstone_copies = 1 OR NOT (${copies})) THEN 'removed'` +
    ` WHEN ${LEFT}.touchstone_copies > 1 OR ${RIGHT}.touchstone_copies > 1 THEN 'duplicate' WHEN ${changed} THEN 'changed' END`;
  const columns = names.flatMap((name, i) => [`${LEFT}.${write.name(name)} AS left_${i}`, `${RIGHT}.${write.name(name)} AS right_${i}`]);
  return `SELECT ${difference} AS difference, ${columns.join(", ")}\nFROM ${side(relation.from, task.filter)} AS ${LEFT}\nFULL OUTER JOIN ${side(opened.from, reference.filter)} AS ${RIGHT} ON ${on}`;
};

/** Example rows of a comparison when caps are lifted. */
const EXAMPLES_MAX_UNCAPPED = 100_000;

const examplesOf = async (
  context: ScanContext,
  task: CompareTask,
  opened: OpenedReference,
  sides: string,
  wanted: readonly Difference[],
): Promise<ExampleRecord[]> => {
  const names = [...new Set([...task.body.keys, ...task.body.compared.map(({ name }) => name)])];
  const limit = Number.isFinite(context.rowsMax) ? context.rowsMax : EXAMPLES_MAX_UNCAPPED;
  if (limit === 0) return [];
  const order = task.body.keys.flatMap((name) => [names.indexOf(name)]).flatMap((i) => [`left_${i}`, `right_${i}`]);
  const sql = `SELECT *\nFROM (${sides}) AS compared\nWHERE difference IN (${wanted.map((kind) => `'${kind}'`).join(", ")})\nORDER BY difference, ${order.join(", ")}\nLIMIT ${limit}`;
  const masked = new Set([...context.container.fields, ...opened.fields].filter((own) => own.masked).map(({ name }) => name));
  const rows = await context.query("differing rows", sql);
  return rows.map((row) => ({ row: null, partition: null, record: bothSides(row, names, masked) }));
};

/** The own side under the names of its fields (all NULL for an added row), the other under `_reference`. */
const bothSides = (row: Row, names: readonly string[], masked: ReadonlySet<string>): Record<string, unknown> => {
  const side = (prefix: string) =>
    Object.fromEntries(names.map((name, i) => [name, masked.has(name) ? MASK : shown((row[`${prefix}_${i}`] ?? null) as Cell)]));
  return { ...side("left"), _difference: row["difference"], _reference: row["difference"] === "removed" ? null : side("right") };
};

const compareMultisets = async (context: ScanContext, task: CompareTask, opened: OpenedReference): Promise<Comparison> => {
  const { write, relation, container } = context;
  const { reference, compared, changes } = task.body;
  const columns = compared.map(({ name }) => write.name(name)).join(", ");
  const own = `SELECT ${columns} FROM ${relation.from}${whereClause(task.filter && write.expr(task.filter))}`;
  const other = `SELECT ${columns} FROM ${opened.from}${whereClause(reference.filter && write.expr(reference.filter))}`;
  const count = (left: string, right: string) => `(SELECT COUNT(*) FROM (${left} EXCEPT ALL ${right}) AS difference)`;
  const rows = await context.query("comparison of rows", `SELECT ${count(own, other)} AS removed, ${count(other, own)} AS added`);
  const [removed, added] = [toCount(rows[0]?.["removed"]), toCount(rows[0]?.["added"])];
  // Without keys a changed row cannot be told from one removed and one added.
  const total =
    (changes.includes("removed") || changes.includes("changed") ? removed : 0) +
    (changes.includes("added") || changes.includes("changed") ? added : 0);
  if (total === 0) return { verdict: holds(0), examples: [] };
  return {
    verdict: fails(
      `${container.name} and ${reference.container} differ: ${removed} records only in the first, ${added} only in the second`,
      total,
      { added, removed },
    ),
    examples: [],
  };
};
