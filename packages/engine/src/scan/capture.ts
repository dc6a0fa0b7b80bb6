/**
 * Fetches failing rows as evidence: capped per check and per container, each once, with all checks it breaks.
 *
 * Where rows have ids, the ids to fetch are chosen first (the smallest of each check, so that a repeated scan shows the
 * same rows), then the values are read by id. Elsewhere a second pass over the failing checks reads the rows themselves;
 * so it does where every failing row is wanted (capture-every.ts).
 */
import type { CapturedRow } from "../anomalies.ts";
import { captureEvery } from "./capture-every.ts";
import { conjunction, toId, whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { batches, rowReader, PREDICATES_PER_FETCH, rowColumns, rowsPerFetch } from "./evidence.ts";
import type { FailingPredicate } from "./evidence.ts";
import { plainMaskWords, setBits, WORD_BITS } from "./mask.ts";
import { fetchIds } from "./one-pass.ts";
import type { SqlSource } from "./source.ts";
import { canonical } from "./shown.ts";
import { compareCells } from "./merge.ts";

/** Rows held in memory per container while caps are on: enough for a thousand checks that fail on rows of their own. */
const ROWS_MAX = 10_000;
/** Values held likewise, so that wide tables get fewer rows. */
const CELLS_MAX = 2_000_000;
const IDS_PER_FETCH = 5_000;

/** The rows to show for failing predicates, in the order of the source, each with the checks it breaks. */
export const captureRows = async (context: ScanContext, failing: readonly FailingPredicate[]): Promise<CapturedRow[]> => {
  if (failing.length === 0 || context.rowsMax === 0) return [];
  if (context.relation.rowId === null) return captureWithoutIds(context, failing);
  if (!Number.isFinite(context.rowsMax)) return captureEvery(context, failing);
  const known = await withIds(context, failing);
  const broken = choose(known, budget(context));
  await completeMasks(context, known, broken);
  return fetchRows(context, broken);
};

const budget = ({ container }: ScanContext): number =>
  Math.max(1, Math.min(ROWS_MAX, Math.floor(CELLS_MAX / Math.max(1, container.fields.length))));

type Known = FailingPredicate & { ids: readonly bigint[] };

/** Adds the ids of predicates for which the counting pass gave none. */
const withIds = async (context: ScanContext, failing: readonly FailingPredicate[]): Promise<Known[]> => {
  const known: Known[] = [];
  for (const [source, own] of Map.groupBy(failing, (predicate) => predicate.source))
    for (const part of batches(own, PREDICATES_PER_FETCH)) {
      const lacking = part.filter(({ ids }) => ids === null);
      const ids = lacking.length === 0 ? [] : await fetchIds(context, source, lacking, context.rowsMax);
      known.push(...part.map((predicate) => ({ ...predicate, ids: predicate.ids ?? ids[lacking.indexOf(predicate)] ?? [] })));
    }
  return known;
};

const anyOf = (predicates: readonly { sql: string }[]): string => predicates.map(({ sql }) => `(${sql})`).join("\n  OR ");

/** Takes the first id of every check, then the second of every check …, until the budget is spent. */
const choose = (known: readonly Known[], rowsMax: number): Map<bigint, Set<string>> => {
  const chosen = new Map<bigint, Set<string>>();
  const longest = known.reduce((max, { ids }) => Math.max(max, ids.length), 0);
  for (let round = 0; round < longest && chosen.size < rowsMax; round++)
    for (const { ids } of known) {
      const id = ids[round];
      if (id !== undefined && chosen.size < rowsMax && !chosen.has(id)) chosen.set(id, new Set());
    }
  for (const { ids, uids } of known) for (const id of ids) for (const uid of uids) chosen.get(id)?.add(uid);
  return chosen;
};

/** A row chosen for one check may break another whose first rows are elsewhere: asks for those the ids do not tell. */
const completeMasks = async (context: ScanContext, known: readonly Known[], broken: Map<bigint, Set<string>>): Promise<void> => {
  const incomplete = known.filter(({ ids, anomalous }) => ids.length < anomalous);
  const ids = [...broken.keys()];
  for (const [source, own] of Map.groupBy(incomplete, (predicate) => predicate.source))
    for (const part of batches(own, PREDICATES_PER_FETCH))
      for (const some of batches(ids, IDS_PER_FETCH)) {
        const words = plainMaskWords(part.map(({ sql }) => sql));
        const columns = [
          `${source.rowId} AS ${context.write.name("id")}`,
          ...words.map((word, i) => `${word} AS ${context.write.name(`mask_${i}`)}`),
        ];
        const rows = await context.query(
          "checks of captured rows",
          `SELECT ${columns.join(", ")} FROM ${source.from}${whereClause(source.where, source.rowsIn!(some))}`,
        );
        for (const row of rows)
          for (const index of setBits(row, words.length)) for (const uid of part[index]!.uids) broken.get(toId(row["id"])!)?.add(uid);
      }
};

const fetchRows = async (context: ScanContext, broken: ReadonlyMap<bigint, Set<string>>): Promise<CapturedRow[]> => {
  const { relation } = context;
  const rows: CapturedRow[] = [];
  const read = rowReader(context);
  const inOrder = [...broken.keys()].sort((a, b) => (a < b ? -1 : 1));
  for (const ids of batches(inOrder, Math.min(IDS_PER_FETCH, rowsPerFetch(context)))) {
    const sql = `SELECT ${rowColumns(context, relation).join(", ")}\nFROM ${relation.from}${whereClause(relation.rowsIn!(ids))}`;
    for (const row of (await context.query("captured rows", sql)).map(read))
      rows.push({ ...row, uids: (row.id !== null && broken.get(row.id)) || row.uids });
  }
  return rows;
};

// ── Without row ids ─────────────────────────────────────────────────────────────────────────────────────────────

/** Share of failing rows above which the first of them are found faster by stopping early than by ranking all. */
const FREQUENT_SHARE = 0.01;
const FREQUENT_ROWS = 10_000;

const captureWithoutIds = async (context: ScanContext, failing: readonly FailingPredicate[]): Promise<CapturedRow[]> => {
  const found: CapturedRow[][] = [];
  const records = context.relation.records ?? 0;
  const frequent = ({ anomalous }: FailingPredicate) =>
    Number.isFinite(context.rowsMax) && anomalous > Math.max(FREQUENT_ROWS, FREQUENT_SHARE * records);
  for (const [source, own] of Map.groupBy(joinedTogether(context, failing), (predicate) => predicate.source))
    for (const part of batches(own, PREDICATES_PER_FETCH)) {
      const rare = part.filter((predicate) => !frequent(predicate));
      if (rare.length > 0) found.push(await readRows(context, part, rankedSql(context, source, part, rare)));
      for (const one of part.filter(frequent)) found.push(await readRows(context, part, firstSql(context, source, part, one)));
    }
  return inKeyOrder(context, mergeEqualRows(found));
};

/** One source with the joins of all, so that each row comes with all the checks it breaks; rows in an order stay apart. */
const joinedTogether = ({ relation }: ScanContext, failing: readonly FailingPredicate[]): FailingPredicate[] => {
  const joins = new Set(failing.flatMap(({ source }) => source.joins ?? []));
  const together: SqlSource = {
    ...relation,
    from: [relation.from, ...joins].join("\n"),
    joins: [...joins],
    where: null,
    rowsMost: relation.records,
    predicates: [],
  };
  return failing.map((predicate) =>
    predicate.source.joins === null
      ? predicate
      : { ...predicate, source: together, sql: conjunction(predicate.source.where, predicate.sql)! },
  );
};

const inKeyOrder = ({ container }: ScanContext, rows: CapturedRow[]): CapturedRow[] => {
  const key = (container.keys[0] ?? []).map((name) => container.fields.findIndex((own) => own.name === name));
  const compare = (a: CapturedRow, b: CapturedRow): number => {
    for (const place of key) {
      const order = compareCells(a.cells[place] ?? null, b.cells[place] ?? null);
      if (order !== 0) return order;
    }
    return 0;
  };
  return rows.sort(compare);
};

/** Rows in the order of the declared key, where there is one: the same rows at every scan. */
const keyOrder = ({ container, write }: ScanContext): string => {
  const key = container.keys[0] ?? [];
  return key.length === 0
    ? ""
    : ` ORDER BY ${key.map((name) => write.name(`c${container.fields.findIndex((own) => own.name === name)}`)).join(", ")}`;
};

const withMasks = (context: ScanContext, source: SqlSource, predicates: readonly FailingPredicate[], wanted: string): string => {
  const words = plainMaskWords(predicates.map(({ sql }) => sql)).map(
    (word, i) => `CAST(${word} AS BIGINT) AS ${context.write.name(`mask_${i}`)}`,
  );
  return `SELECT ${[...words, ...rowColumns(context, source)].join(", ")}\nFROM ${source.from}${whereClause(conjunction(source.where, wanted))}`;
};

const rankedSql = (
  context: ScanContext,
  source: SqlSource,
  predicates: readonly FailingPredicate[],
  wanted: readonly FailingPredicate[],
): string => {
  const inner = withMasks(context, source, predicates, anyOf(wanted));
  if (!Number.isFinite(context.rowsMax)) return `${inner}${keyOrder(context)}\nLIMIT ${context.everyRowMax}`;
  const masks = plainMaskWords(predicates.map(({ sql }) => sql))
    .map((_, i) => context.write.name(`mask_${i}`))
    .join(", ");
  const rank = context.write.name("touchstone_rank");
  return `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${masks}${keyOrder(context)}) AS ${rank} FROM (${inner}) AS failing) AS ranked\nWHERE ${rank} <= ${context.rowsMax}\nLIMIT ${budget(context)}`;
};

const firstSql = (context: ScanContext, source: SqlSource, predicates: readonly FailingPredicate[], wanted: FailingPredicate): string =>
  `${withMasks(context, source, predicates, wanted.sql)}${keyOrder(context)}\nLIMIT ${context.rowsMax}`;

const readRows = async (context: ScanContext, predicates: readonly FailingPredicate[], sql: string): Promise<CapturedRow[]> => {
  const words = Math.ceil(predicates.length / WORD_BITS);
  const rows: CapturedRow[] = [];
  const read = rowReader(context);
  for await (const batch of context.stream("captured rows", sql, rowsPerFetch(context)))
    rows.push(
      ...batch.map((row) => ({
        ...read(row),
        uids: new Set(setBits(row, words).flatMap((index) => predicates[index]!.uids)),
      })),
    );
  return rows;
};

/** The n-th row of some content in one answer is the n-th of that content in another: equal rows break equal checks. */
const mergeEqualRows = (answers: readonly CapturedRow[][]): CapturedRow[] => {
  const merged = new Map<string, CapturedRow & { uids: Set<string> }>();
  for (const rows of answers) {
    const seen = new Map<string, number>();
    for (const row of rows) {
      const content = row.cells.map(canonical).join("\n");
      const occurrence = (seen.get(content) ?? 0) + 1;
      seen.set(content, occurrence);
      const key = `${occurrence}\n${content}`;
      const known = merged.get(key);
      if (known) for (const uid of row.uids) known.uids.add(uid);
      else merged.set(key, { ...row, uids: new Set(row.uids) });
    }
  }
  return [...merged.values()];
};
