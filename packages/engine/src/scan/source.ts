/** How SQL names the rows a shared pass reads: the container, the container joined with references, or its rows in an order. */
import { and, call, eq, field, isNotNull, not, tryCast } from "@touchstone/core/expr/expr";
import type { DataType, Expr } from "@touchstone/core/expr/expr";
import { FieldType } from "@touchstone/core/model/field";
import { NUMERIC_TYPES } from "@touchstone/core/model/field";
import { userError } from "@touchstone/core/errors";
import { isGap } from "../dialects/dialect.ts";
import { EXPECTED, HIT } from "../plan.ts";
import type { Join, SharedPass } from "../plan.ts";
import { attemptOf } from "./isolate.ts";
import type { Attempt } from "./isolate.ts";
import { rewrite } from "./expression.ts";
import { conjunction, whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";

export type SqlSource = {
  from: string;
  /** What `from` joins to the relation; null when its rows are not simply those of the relation. */
  joins: readonly string[] | null;
  where: string | null;
  /** Rows it gives at most; null where that is not known. */
  rowsMost: number | null;
  rowId: string | null;
  rowNumber: string | null;
  partition: string | null;
  rowsIn: ((ids: readonly bigint[]) => string) | null;
  /** Boolean SQL per predicate of the pass, or why it cannot be said. */
  predicates: Attempt<string>[];
};

/** SQL of the source of a pass; opens the references it joins. */
export const sqlSource = async (context: ScanContext, pass: SharedPass): Promise<SqlSource> => {
  const { relation, write } = context;
  const where = pass.scope === "slice" ? context.slice : null;
  if (pass.source.kind === "ordered") return orderedSource(context, pass, pass.source.orderBy, pass.source.filter);
  const joins: string[] = [];
  const lookUps = new Map<string, string>();
  for (const join of pass.source.joins) {
    const lookUp = join.kind === "reference" ? await keyLookUp(context, join) : null;
    if (lookUp === null) joins.push(await joinSql(context, join));
    else lookUps.set(join.alias, lookUp);
  }
  return {
    ...relation,
    from: [relation.from, ...joins].join("\n"),
    joins,
    where,
    rowsMost: relation.records,
    predicates: pass.predicates.map(({ violates }) => attemptOf(() => write.expr(unknownIsNone(withLookUps(violates, lookUps))))),
  };
};

/**
 * A violation that is unknown is none, so `NOT CASE WHEN x IS NULL THEN NULL ELSE x IN (keys) END`, as look-ups come, is as good as
 * `NOT x IS NULL AND NOT x IN (keys)`, of which engines ask the first part first and need no case by case.
 */
const unknownIsNone = (violates: Expr): Expr => {
  const [asked] = violates.kind === "call" && violates.fn === "not" ? violates.args : [];
  const [only, ...more] = asked?.kind === "case" ? asked.whens : [];
  if (asked?.kind !== "case" || asked.otherwise === null || only === undefined || more.length > 0) return violates;
  const isUnknown = only.then.kind === "literal" && only.then.type === "Null";
  return isUnknown && isKnownTest(only.when) ? and(not(only.when), not(asked.otherwise)) : violates;
};

/** A condition that is true or false and never unknown. */
const isKnownTest = (condition: Expr): boolean =>
  condition.kind === "call" && (condition.fn === "isNull" || (condition.fn === "or" && condition.args.every(isKnownTest)));

/** What a join would have told is asked of a look-up where one stands for it. */
const withLookUps = (violates: Expr, lookUps: ReadonlyMap<string, string>): Expr =>
  rewrite(violates, (part) => {
    const [asked] = part.kind === "call" && part.fn === "isNotNull" ? part.args : [];
    const sql = asked?.kind === "field" && asked.name === HIT && asked.of !== undefined ? lookUps.get(asked.of) : undefined;
    return sql === undefined ? part : { kind: "native", sql };
  });

/** Names of the columns an ordered source adds to the fields. */
const ID = "touchstone_row_id";
const NUMBER = "touchstone_row_number";
const PARTITION = "touchstone_partition";

/** The predicates look at the previous row, so they are computed in a subquery over the filtered rows. */
const orderedSource = (context: ScanContext, pass: SharedPass, orderBy: readonly Expr[] | null, filter: Expr | null): SqlSource => {
  const { relation, write, container } = context;
  if (orderBy === null && relation.rowId === null)
    throw userError(
      "CHECK_UNASSERTED",
      `the rows of ${container.name} have no order of their own, and the check names no field to order by`,
    );
  const columns = pass.predicates.map(({ violates }) => attemptOf(() => write.expr(inOrder(violates, orderBy, relation.rowId))));
  const added = [
    [relation.rowId, ID],
    [relation.rowNumber, NUMBER],
    [relation.partition, PARTITION],
    ...columns.map((column, i) => [column.ok ? column.value : null, `touchstone_violates_${i}`]),
  ].flatMap(([sql, name]) => (sql && name ? [`${sql} AS ${write.name(name)}`] : []));
  const id = write.name(ID);
  return {
    from: `(SELECT *, ${added.join(", ")} FROM ${relation.from}${whereClause(filter && write.expr(filter))}) AS ordered_rows`,
    joins: null,
    where: pass.scope === "slice" ? context.slice : null,
    rowsMost: relation.records,
    rowId: relation.rowId && id,
    rowNumber: relation.rowNumber && write.name(NUMBER),
    partition: relation.partition && write.name(PARTITION),
    rowsIn: relation.rowId === null ? null : (ids) => `${id} IN (${ids.join(", ")})`,
    predicates: columns.map((column, i) => (column.ok ? { ok: true, value: write.name(`touchstone_violates_${i}`) } : column)),
  };
};

/** The order of the source decides where none is given, and between rows that are equal in the given one. */
const inOrder = (violates: Expr, orderBy: readonly Expr[] | null, rowId: string | null): Expr =>
  rewrite(violates, (part) => {
    if (part.kind !== "previous") return part;
    const given = part.orderBy.length > 0 ? part.orderBy : (orderBy ?? []);
    return { ...part, orderBy: rowId === null ? [...given] : [...given, { kind: "native", sql: rowId }] };
  });

const joinSql = (context: ScanContext, join: Join): Promise<string> | string =>
  join.kind === "reference" ? referenceJoin(context, join) : consensusJoin(context, join);

const keyName = (i: number): string => `touchstone_key_${i + 1}`;

type ReferenceJoin = Extract<Join, { kind: "reference" }>;

/** The keys of a reference as SQL, in the families of the fields they are compared with, and where they are read. */
const keysOf = async (context: ScanContext, { reference, operands }: ReferenceJoin): Promise<{ keys: string[]; from: string }> => {
  const { write } = context;
  const opened = await context.openReference({ ...reference, wanted: "keys" });
  const keys = reference.fields.map((name, i) => {
    const found = opened.fields.find((f) => f.name === name);
    if (!found) throw userError("FIELD_UNKNOWN", name, reference.container, null);
    return asComparable(field(name, found.field_type), typeOf(operands[i]!));
  });
  const known = keys.map((key) => write.expr(isNotNull(key)));
  const filter = reference.filter && write.expr(reference.filter);
  return { keys: keys.map(write.expr), from: `${opened.from}${whereClause(filter, ...known)}` };
};

/** SQL that tells whether a row's operands are among the keys; null where the engine is better at joins. */
const keyLookUp = async (context: ScanContext, join: ReferenceJoin): Promise<string | null> => {
  const { amongKeys } = context.session.dialect;
  if (isGap(amongKeys)) return null;
  const { keys, from } = await keysOf(context, join);
  return amongKeys(join.operands.map(context.write.expr), keys, from);
};

const referenceJoin = async (context: ScanContext, join: ReferenceJoin): Promise<string> => {
  const { write } = context;
  const { keys, from } = await keysOf(context, join);
  const columns = keys.map((key, i) => `${key} AS ${write.name(keyName(i))}`).join(", ");
  const on = join.operands.map((operand, i) => write.expr(eq(operand, field(keyName(i), typeOf(operand), join.alias))));
  return `LEFT JOIN (SELECT DISTINCT ${columns}, TRUE AS ${write.name(HIT)} FROM ${from}) AS ${write.name(join.alias)} ON ${on.join(" AND ")}`;
};

const typeOf = (expr: Expr): DataType => ("type" in expr ? expr.type : "Unknown");

/** The key in the family of the field it is compared with: text against text, numbers against numbers. */
const asComparable = (key: Expr, type: DataType): Expr => {
  const own = typeOf(key);
  const wanted = FieldType.safeParse(type);
  if (!wanted.success || own === type || type === "Unknown" || own === "Unknown") return key;
  const bothNumeric = NUMERIC_TYPES.includes(wanted.data) && NUMERIC_TYPES.some((numeric) => numeric === own);
  return bothNumeric ? key : tryCast(key, wanted.data);
};

/**
 * Counts each value of each group, keeps the groups with a clear leader, and names the leader. Ties have none, nor have
 * groups too small or too mixed.
 */
const consensusJoin = ({ write, relation }: ScanContext, join: Extract<Join, { kind: "consensus" }>): string => {
  const keys = join.determinant.map((_, i) => write.name(keyName(i)));
  const value = write.name("touchstone_value");
  const [n, top, total] = [write.name("touchstone_n"), write.name("touchstone_top"), write.name("touchstone_total")];
  const known = [...join.determinant, join.value].map((part) => write.expr(isNotNull(part)));
  const grouped = [...join.determinant.map((part, i) => `${write.expr(part)} AS ${keys[i]}`), `${write.expr(join.value)} AS ${value}`].join(
    ", ",
  );
  const ordinals = [...join.determinant, join.value].map((_, i) => i + 1).join(", ");
  const by = keys.join(", ");
  const counted = `SELECT ${grouped}, COUNT(*) AS ${n} FROM ${relation.from}${whereClause(conjunction(join.filter && write.expr(join.filter), ...known))} GROUP BY ${ordinals}`;
  const ranked = `SELECT *, MAX(${n}) OVER (PARTITION BY ${by}) AS ${top}, SUM(${n}) OVER (PARTITION BY ${by}) AS ${total} FROM (${counted}) AS counted`;
  const leaders =
    `SELECT ${by}, MIN(${value}) AS ${write.name(EXPECTED)} FROM (${ranked}) AS ranked WHERE ${n} = ${top} GROUP BY ${by}` +
    ` HAVING COUNT(*) = 1 AND MAX(${total}) >= ${join.rowsMin} AND MAX(${top}) >= ${join.shareMin} * MAX(${total})`;
  const on = join.determinant.map((part, i) => write.expr(call("eq", part, field(keyName(i), part.type, join.alias))));
  return `LEFT JOIN (${leaders}) AS ${write.name(join.alias)} ON ${on.join(" AND ")}`;
};
