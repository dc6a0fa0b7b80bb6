/**
 * Every failing row, where no cap is set: the rows of a source stream by once, each with its values and with the mask of the checks it
 * breaks, so that no row is asked for twice. (Looking 87,000 rows up by their numbers, five thousand at a time, took eighteen
 * statements that each read most of the file.)
 *
 * Where they are more than a report may hold, it holds the first ones of the source, each still with all the checks it breaks.
 */
import type { CapturedRow } from "../anomalies.ts";
import type { Row } from "../connectors/connector.ts";
import { toCount, toId, whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { batches, rowReader, PREDICATES_PER_FETCH, rowColumns, rowsPerFetch } from "./evidence.ts";
import type { FailingPredicate } from "./evidence.ts";
import { plainMaskWords, setBits } from "./mask.ts";
import type { SqlSource } from "./source.ts";

/** Failing predicates that are asked of the same rows, by one statement. */
type Sweep = { source: SqlSource; predicates: readonly FailingPredicate[] };

/** All failing rows of a source with row ids, by id, each with all the checks it breaks. */
export const captureEvery = async (context: ScanContext, failing: readonly FailingPredicate[]): Promise<CapturedRow[]> => {
  const sweeps = sweepsOf(failing);
  const last = await lastThatFits(context, sweeps);
  const [first = [], ...others] = await inTurn(sweeps, (sweep) => sweptRows(context, sweep, last));
  const rows = others.length === 0 ? first : mergedById([first, ...others]);
  return rows.sort((a, b) => (a.id! < b.id! ? -1 : 1)).slice(0, context.everyRowMax);
};

const inTurn = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
};

/** A row that several sweeps have found breaks the checks of each. */
const mergedById = (sweeps: readonly CapturedRow[][]): CapturedRow[] => {
  const merged = new Map<bigint | null, CapturedRow>();
  for (const row of sweeps.flat()) {
    const known = merged.get(row.id);
    merged.set(row.id, known === undefined ? row : { ...known, uids: known.uids.union(row.uids) });
  }
  return [...merged.values()];
};

const sweepsOf = (failing: readonly FailingPredicate[]): Sweep[] =>
  [...Map.groupBy(failing, ({ source: { from, where } }) => JSON.stringify([from, where])).values()].flatMap((own) =>
    batches(own, PREDICATES_PER_FETCH).map((predicates) => ({ source: own[0]!.source, predicates })),
  );

const maskName = (word: number): string => `mask_${word}`;

/** Rows with their masks, of which those stay that break something. The masks stand below, so that look-ups in them are made once. */
const sweptFrom = ({ write }: ScanContext, { source, predicates }: Sweep, columns: readonly string[], last: bigint | null): string => {
  const words = plainMaskWords(predicates.map(({ sql }) => sql));
  const masks = words.map((word, i) => `${word} AS ${write.name(maskName(i))}`);
  const upTo = last === null ? null : `${source.rowId} <= ${last}`;
  const breaksAny = words.map((_, i) => `${write.name(maskName(i))} <> 0`).join(" OR ");
  return `(SELECT ${[...masks, ...columns].join(",\n  ")}\nFROM ${source.from}${whereClause(source.where, upTo)}) AS judged\nWHERE ${breaksAny}`;
};

/** The id up to which the failing rows fit; null where all do. */
const lastThatFits = async (context: ScanContext, sweeps: readonly Sweep[]): Promise<bigint | null> => {
  const total = ({ predicates }: Sweep): number => predicates.reduce((sum, { anomalous }) => sum + anomalous, 0);
  if (sweeps.reduce((sum, sweep) => sum + total(sweep), 0) <= context.everyRowMax) return null;
  const { name } = context.write;
  let last: bigint | null = null;
  for (const sweep of sweeps) {
    const ids = `SELECT ${name("id")} FROM ${sweptFrom(context, sweep, [`${sweep.source.rowId} AS ${name("id")}`], null)}\nORDER BY 1\nLIMIT ${context.everyRowMax}`;
    const [found] = await context.query(
      "last row that is shown",
      `SELECT COUNT(*) AS ${name("rows")}, MAX(${name("id")}) AS ${name("last")}\nFROM (${ids}) AS first_rows`,
    );
    const own = toCount(found?.["rows"]) < context.everyRowMax ? null : toId(found?.["last"]);
    if (own !== null && (last === null || own < last)) last = own;
  }
  return last;
};

const sweptRows = async (context: ScanContext, sweep: Sweep, last: bigint | null): Promise<CapturedRow[]> => {
  const found: CapturedRow[] = [];
  const from = sweptFrom(context, sweep, rowColumns(context, sweep.source), last);
  const [read, brokenBy] = [rowReader(context), brokenChecks(sweep.predicates)];
  for await (const rows of context.stream("captured rows", `SELECT *\nFROM ${from}`, rowsPerFetch(context)))
    for (const row of rows) found.push({ ...read(row), uids: brokenBy(row) });
  return found;
};

/** The checks a row breaks. Rows that break the same share one set: there are far fewer sets than rows. */
const brokenChecks = (predicates: readonly FailingPredicate[]): ((row: Row) => ReadonlySet<string>) => {
  const names = plainMaskWords(predicates.map(({ sql }) => sql)).map((_, i) => maskName(i));
  const known = new Map<string, ReadonlySet<string>>();
  return (row) => {
    const key = names.map((name) => String(row[name])).join(" ");
    const found = known.get(key) ?? new Set(setBits(row, names.length).flatMap((index) => [...predicates[index]!.uids]));
    known.set(key, found);
    return found;
  };
};
