/**
 * The shared pass: one statement that counts every predicate, filter and aggregate of a source, and where the engine has
 * row ids also names the first failing rows of each predicate.
 *
 * Each row gets a bit mask of the predicates it breaks (words of 60 bits); grouping by the mask gives counts, aggregates
 * and the k smallest row ids per mask, from which the k smallest of each predicate follow. Clean rows are one group, so
 * capturing costs next to nothing. Where masks would be too many, or the engine lacks the parts, rows are counted by
 * conditional counts, and row ids fetched in a second pass over the failing predicates only.
 */
import { aggregate, isTrue } from "@touchstone/core/expr/expr";
import type { AggregateName, Expr } from "@touchstone/core/expr/expr";
import { toErrorInfo } from "@touchstone/core/errors";
import type { ErrorInfo } from "@touchstone/core/errors";
import type { Cell } from "@touchstone/core/rules/rule";
import type { Row } from "../connectors/connector.ts";
import { isGap } from "../dialects/dialect.ts";
import { isPlain } from "../plan.ts";
import type { Predicate, SharedPass } from "../plan.ts";
import { toCount, toId, whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { exprKey } from "./expression.ts";
import { attemptOf, isFatal, isolate } from "./isolate.ts";
import type { Attempt } from "./isolate.ts";
import { maskWords, searchOf, setBits, WORD_BITS } from "./mask.ts";
import type { Search } from "./mask.ts";
import { mergeCells } from "./merge.ts";
import type { SqlSource } from "./source.ts";

/** Distinct masks a statement may return. Beyond, grouping by mask stops being cheap. */
const MASKS_MAX = 50_000;
/** Predicates that cannot make more masks than are harmless, whatever the data. */
const HARMLESS_PREDICATES = 12;
/** Rows looked at before a big container is grouped by mask, and the masks among them that forbid it. */
const LOOK_AHEAD_ROWS = 20_000;
const LOOK_AHEAD_MASKS = 2_000;
/** A container below this size cannot hold too many masks to matter. */
const SMALL_ROWS = 200_000;
/** Row ids one statement keeps per predicate; engines limit the heap. */
export const IDS_MAX = 100_000;

/** A predicate that was counted. `ids`: its smallest row ids, up to the wanted number; null where rows have no ids. */
export type Counted = { anomalous: number; ids: bigint[] | null };

export type SharedMeasure = {
  source: SqlSource;
  /** Rows of the source after the slice; null when nothing could be run. */
  records: number | null;
  predicates: { predicate: Predicate; sql: Attempt<string>; result: Attempt<Counted> }[];
  /** By expression key. */
  filters: Map<string, Attempt<number>>;
  aggregates: Map<string, Attempt<Cell>>;
};

type Item =
  | { kind: "predicate"; sql: string; index: number; search: Search | null }
  | { kind: "filter"; sql: string; key: string }
  | { kind: "aggregate"; sql: string; key: string; fn: AggregateName };
type ItemResult = { count: number; ids: bigint[] | null; value: Cell };
/** Where the rows of a source are counted; null: nobody asks for them, for they are not simply those of the container. */
type Totals = { records: number | null };

/** Runs a shared pass. What cannot be rendered or run carries its error; all else is measured. */
export const measureShared = async (context: ScanContext, pass: SharedPass, source: SqlSource): Promise<SharedMeasure> => {
  const { items, errors } = render(context, pass, source);
  const totals: Totals | null = isPlain(pass.source) ? { records: null } : null;
  const results = await isolate(items, (part) => runItems(context, source, part, totals));
  const byItem = new Map(items.map((item, i) => [keyOf(item), results[i]!]));
  const found = <R>(key: string, read: (result: ItemResult) => R): Attempt<R> => {
    const error = errors.get(key);
    if (error) return { ok: false, error };
    const result = byItem.get(key)!;
    return result.ok ? { ok: true, value: read(result.value) } : result;
  };
  return {
    source,
    records: totals?.records ?? null,
    predicates: pass.predicates.map((predicate, index) => ({
      predicate,
      sql: source.predicates[index]!,
      result: found(`p${index}`, ({ count, ids }) => ({ anomalous: count, ids })),
    })),
    filters: new Map(pass.filters.map((filter) => [exprKey(filter), found(`f${exprKey(filter)}`, ({ count }) => count)])),
    aggregates: new Map(pass.aggregates.map((expr) => [exprKey(expr), found(`a${exprKey(expr)}`, ({ value }) => value)])),
  };
};

const keyOf = (item: Item): string =>
  item.kind === "predicate" ? `p${item.index}` : item.kind === "filter" ? `f${item.key}` : `a${item.key}`;

const render = ({ write }: ScanContext, pass: SharedPass, source: SqlSource): { items: Item[]; errors: Map<string, ErrorInfo> } => {
  const items: Item[] = [];
  const errors = new Map<string, ErrorInfo>();
  const put = (key: string, sql: Attempt<string>, item: (sql: string) => Item): void => {
    if (sql.ok) items.push(item(sql.value));
    else errors.set(key, sql.error);
  };
  source.predicates.forEach((sql, index) =>
    put(`p${index}`, sql, (text) => ({ kind: "predicate", sql: text, index, search: searchOf(pass.predicates[index]!.violates) })),
  );
  for (const filter of pass.filters) {
    const key = exprKey(filter);
    put(
      `f${key}`,
      attemptOf(() => write.expr(countOf(filter))),
      (sql) => ({ kind: "filter", sql, key }),
    );
  }
  for (const expr of pass.aggregates) {
    const key = exprKey(expr);
    put(
      `a${key}`,
      attemptOf(() => write.expr(expr)),
      (sql) => ({ kind: "aggregate", sql, key, fn: expr.fn }),
    );
  }
  return { items, errors };
};

const countOf = (condition: Expr): Expr => aggregate("countIf", isTrue(condition));

const runItems = async (context: ScanContext, source: SqlSource, items: readonly Item[], totals: Totals | null): Promise<ItemResult[]> => {
  const alone = totals === null ? aloneSql(context, source, items) : null;
  if (alone !== null) return readMasked(await context.query("shared pass", alone), items, context.rowsMax, totals);
  if (await masksFit(context, source, items)) {
    try {
      const rows = await context.query("shared pass", maskedSql(context, source, items));
      if (rows.length <= MASKS_MAX) return readMasked(rows, items, context.rowsMax, totals);
    } catch (thrown) {
      // Too many groups for the memory: count without groups. Any other error would come again there.
      if (isFatal(thrown) || toErrorInfo(thrown).code !== "OUT_OF_MEMORY") throw thrown;
    }
  }
  const rows = await context.query("shared pass, counts", countedSql(context, source, items));
  return readCounted(rows[0] ?? {}, items, source, totals);
};

const smallestIds = ({ session, rowsMax }: ScanContext, rowId: string | null): string | null =>
  rowId === null || isGap(session.dialect.smallestIds) || rowsMax === 0 || rowsMax > IDS_MAX
    ? null
    : session.dialect.smallestIds(rowId, rowsMax);

const predicatesOf = (items: readonly Item[]): Extract<Item, { kind: "predicate" }>[] => items.filter((item) => item.kind === "predicate");

/** Whether grouping by mask pays: the engine can, ids are wanted or free, and the masks are few as far as can be foreseen. */
const masksFit = async (context: ScanContext, source: SqlSource, items: readonly Item[]): Promise<boolean> => {
  const predicates = predicatesOf(items);
  if (predicates.length === 0 || isGap(context.session.dialect.smallestIds)) return false;
  if (predicates.length <= HARMLESS_PREDICATES || (source.rowsMost !== null && source.rowsMost <= SMALL_ROWS)) return true;
  const words = wordsOf(context, predicates);
  const looked = `SELECT COUNT(*) AS masks FROM (SELECT DISTINCT ${words.join(", ")} FROM (SELECT * FROM ${source.from}${whereClause(source.where)} LIMIT ${LOOK_AHEAD_ROWS}) AS head) AS masks`;
  if (source.from !== context.relation.from) return true;
  const rows = await context.query("look-ahead for masks", looked);
  return toCount(rows[0]?.["masks"]) <= LOOK_AHEAD_MASKS;
};

const wordsOf = ({ session, write }: ScanContext, predicates: ReturnType<typeof predicatesOf>): string[] =>
  maskWords(predicates, { dialect: session.dialect, write: write.expr });

/** The statement of the shared pass, grouped by mask. */
export const maskedSql = (context: ScanContext, source: SqlSource, items: readonly Item[]): string => {
  const { name } = context.write;
  const words = wordsOf(context, predicatesOf(items));
  const ids = smallestIds(context, source.rowId);
  const columns = [
    ...words.map((word, i) => `${word} AS ${name(`mask_${i}`)}`),
    `COUNT(*) AS ${name("rows")}`,
    ...valueColumns(context, items),
    ...(ids === null ? [] : [`${ids} AS ${name("ids")}`]),
  ];
  return `SELECT ${columns.join(",\n  ")}\nFROM ${source.from}${whereClause(source.where)}\nGROUP BY ${words.map((_, i) => i + 1).join(", ")}\nLIMIT ${MASKS_MAX + 1}`;
};

/**
 * A predicate that is alone on a source whose rows need not be counted, as the one on a reference mostly is: the rows that break it are
 * picked out, and the others need not be put into a group. Null for other items.
 */
const aloneSql = (context: ScanContext, source: SqlSource, items: readonly Item[]): string | null => {
  const [item, ...others] = items;
  const ids = smallestIds(context, source.rowId);
  if (item?.kind !== "predicate" || others.length > 0 || isGap(context.session.dialect.smallestIds)) return null;
  const { name } = context.write;
  const columns = [`1 AS ${name("mask_0")}`, `COUNT(*) AS ${name("rows")}`, ...(ids === null ? [] : [`${ids} AS ${name("ids")}`])];
  return `SELECT ${columns.join(",\n  ")}\nFROM ${source.from}${whereClause(source.where, item.sql)}`;
};

const valueColumns = ({ write }: ScanContext, items: readonly Item[]): string[] =>
  items.flatMap((item, i) => (item.kind === "predicate" ? [] : [`${item.sql} AS ${write.name(`value_${i}`)}`]));

const countedSql = (context: ScanContext, source: SqlSource, items: readonly Item[]): string => {
  const { name } = context.write;
  const columns = items.map((item, i) => `${item.kind === "predicate" ? countIfSql(item.sql) : item.sql} AS ${name(`value_${i}`)}`);
  return `SELECT ${[`COUNT(*) AS ${name("rows")}`, ...columns].join(",\n  ")}\nFROM ${source.from}${whereClause(source.where)}`;
};

const countIfSql = (condition: string): string => `COUNT(CASE WHEN ${condition} THEN 1 END)`;

const readCounted = (row: Row, items: readonly Item[], source: SqlSource, totals: Totals | null): ItemResult[] => {
  if (totals !== null) totals.records = toCount(row["rows"]);
  return items.map((item, i) => {
    const value = row[`value_${i}`] ?? null;
    return { count: toCount(value), ids: source.rowId !== null && toCount(value) === 0 && item.kind === "predicate" ? [] : null, value };
  });
};

const readMasked = (rows: readonly Row[], items: readonly Item[], rowsMax: number, totals: Totals | null): ItemResult[] => {
  const predicates = predicatesOf(items);
  const words = Math.ceil(predicates.length / WORD_BITS);
  const counts = predicates.map(() => 0);
  const ids: bigint[][] = predicates.map(() => []);
  const hasIds = rows.every((row) => Array.isArray(row["ids"]));
  for (const row of rows) {
    const own = Array.isArray(row["ids"]) ? row["ids"].flatMap((cell) => toId(cell) ?? []) : [];
    for (const index of setBits(row, words)) {
      counts[index]! += toCount(row["rows"]);
      ids[index]!.push(...own);
    }
  }
  if (totals !== null) totals.records = rows.reduce((sum, row) => sum + toCount(row["rows"]), 0);
  let at = 0;
  return items.map((item, i) => {
    if (item.kind === "predicate") {
      const index = at++;
      return { count: counts[index]!, ids: hasIds ? smallest(ids[index]!, rowsMax) : null, value: null };
    }
    const fn = item.kind === "filter" ? "countIf" : item.fn;
    const value = rows.map((row) => row[`value_${i}`] ?? null).reduce((a, b) => mergeCells(fn, a, b), null);
    return { count: toCount(value), ids: null, value: value === null && (fn === "count" || fn === "countIf") ? 0 : value };
  });
};

/** The smallest ids, ascending. */
export const smallest = (ids: readonly bigint[], max: number): bigint[] =>
  [...new Set(ids)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).slice(0, max);

/** Rows at the beginning of a source in which the first failing rows are looked for before it is read whole. */
const BEGINNING_ROWS = 200_000;
/** So many times the wanted rows must be expected there for the look to pay. */
const EXPECTED_SURPLUS = 2;

/** A predicate that some rows fail. */
type Failing = { sql: string; anomalous: number };

/**
 * The smallest row ids of failing predicates that the masks did not give: of frequent failures from the beginning of the source,
 * where ids are smallest, of the others in one more pass over these alone.
 */
export const fetchIds = async (
  context: ScanContext,
  source: SqlSource,
  predicates: readonly Failing[],
  max: number,
): Promise<bigint[][]> => {
  const records = context.relation.records ?? Infinity;
  const isFrequent = ({ anomalous }: Failing) =>
    records > BEGINNING_ROWS && (anomalous / records) * BEGINNING_ROWS >= EXPECTED_SURPLUS * max;
  const early = predicates.filter(isFrequent);
  const found = new Map<Failing, bigint[]>();
  const put = (own: readonly Failing[], ids: readonly bigint[][]): void =>
    own.forEach((predicate, i) => void found.set(predicate, ids[i]!));
  if (early.length > 0) put(early, await idsWhere(context, source, early, max, `${source.rowId} < ${BEGINNING_ROWS}`));
  const late = predicates.filter((predicate) => (found.get(predicate)?.length ?? 0) < Math.min(max, predicate.anomalous));
  if (late.length > 0) put(late, await idsWhere(context, source, late, max, null));
  return predicates.map((predicate) => found.get(predicate) ?? []);
};

const idsWhere = async (
  context: ScanContext,
  source: SqlSource,
  predicates: readonly Failing[],
  max: number,
  where: string | null,
): Promise<bigint[][]> => {
  const { dialect } = context.session;
  const make = dialect.smallestIds;
  if (source.rowId === null || isGap(make)) return predicates.map(() => []);
  const columns = predicates.map(
    ({ sql }, i) => `${make(`CASE WHEN ${sql} THEN ${source.rowId} END`, max)} AS ${context.write.name(`ids_${i}`)}`,
  );
  const rows = await context.query(
    "rows of failing checks",
    `SELECT ${columns.join(",\n  ")}\nFROM ${source.from}${whereClause(source.where, where)}`,
  );
  return predicates.map((_, i) => {
    const cell = rows[0]?.[`ids_${i}`];
    return Array.isArray(cell) ? cell.flatMap((id) => toId(id) ?? []) : [];
  });
};
