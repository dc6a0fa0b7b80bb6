/**
 * Time of a scan that counts and captures against one fused counting query written by hand, in one session on the order
 * lines: 20, 100 and 200 row checks of every kind (ranges, NULL, value lists, patterns, lengths, dates, pairs of fields),
 * none of which fails, and the same with ten failing on one row in ten thousand.
 */
import { call, date, eq, field, gt, isNull, length, lt, matches, mul, not, num, oneOf, or, text } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { QualityCheck } from "@touchstone/core/model/check";
import { connect } from "@touchstone/engine/connectors/index";
import type { Relation, Session } from "@touchstone/engine/connectors/connector";
import { renderExpr } from "@touchstone/engine/dialects/render";
import { runTasks } from "@touchstone/engine/scan/run";
import type { Task } from "@touchstone/engine/scan/task";
import { benchTables, ROWS_DEFAULT } from "./tables.ts";

export type ScanMeasure = {
  rows: number;
  checks: number;
  /** Checks of which some rows fail. */
  failing: number;
  countingMs: number;
  scanMs: number;
  /** scanMs / countingMs: the scan captures rows, the counting query does not. */
  ratio: number;
  /** The same scan without evidence. */
  countsOnlyMs: number;
  countsOnlyRatio: number;
  anomalies: number;
};

const n = (name: string) => field(name, "Fractional");
const s = (name: string) => field(name, "String");
const d = (name: string) => field(name, "Date");
const between = (x: Expr, low: number, high: number): Expr => or(lt(x, num(low)), gt(x, num(high)));

const CODES: [string, string[]][] = [
  ["return_flag", ["A", "N", "R"]],
  ["line_status", ["F", "O"]],
  ["ship_mode", ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"]],
  ["ship_instruct", ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"]],
];
const NUMBERS: [string, number, number][] = [
  ["quantity", 1, 50],
  ["discount", 0, 1],
  ["tax", 0, 1],
  ["extended_price", 0, 1_000_000],
  ["line_number", 1, 4],
  ["part_key", 1, 2_000_000],
  ["supplier_key", 1, 100_000],
];
const DATES = ["ship_date", "commit_date", "receipt_date"];
const FIELDS = [...CODES.map(([name]) => name), ...NUMBERS.map(([name]) => name), ...DATES, "order_key", "comment"];

/** The i-th predicate: kinds alternate, constants differ, so that no two are equal. No row of the table satisfies one. */
const predicate = (i: number): Expr => {
  const turn = Math.floor(i / 10);
  const [code, words] = CODES[turn % CODES.length]!;
  const [number, low, high] = NUMBERS[turn % NUMBERS.length]!;
  const day = DATES[turn % DATES.length]!;
  switch (i % 10) {
    case 0:
      return between(n(number), low - turn, high + turn);
    case 1:
      return isNull(field(FIELDS[turn % FIELDS.length]!, "Unknown"));
    case 2:
      return not(oneOf(s(code), [...words, `OTHER ${turn}`].map(text)));
    case 3:
      return or(lt(d(day), date(`19${70 + (turn % 20)}-01-01`)), gt(d(day), date(`20${30 + (turn % 60)}-01-01`)));
    case 4:
      return gt(length(s("comment")), num(100 + turn));
    case 5:
      return not(matches(s(code), `^[A-Z ]{1,${20 + turn}}$`));
    case 6:
      return gt(
        d("ship_date"),
        call("add", d("receipt_date"), { kind: "literal", type: "Interval", value: { amount: turn, unit: "day" } }),
      );
    case 7:
      return gt(n("extended_price"), mul(n("quantity"), num(3000 + turn)));
    case 8:
      return call("startsWith", s("comment"), text(`#${turn}`));
    default:
      return lt(n(NUMBERS[(turn + 3) % NUMBERS.length]![0]), num(-turn));
  }
};

/** One row in ten thousand fails: part keys are spread evenly. */
const failingPredicate = (i: number): Expr => eq(call("mod", n("part_key"), num(10_000)), num(i));

export const taskOf = (violates: Expr, i: number): Task => ({
  uid: `bench_${i}`,
  check: QualityCheck.parse({ rule_type: "satisfiesExpression", container: "order_line" }),
  sentence: "the expression holds",
  fields: [],
  filter: null,
  scope: "slice",
  coverage: null,
  measure: null,
  body: { kind: "row", violates },
});

/** Each is run this often and the fastest counts, since the first also warms the file cache. */
const RUNS = 2;

const fastestMs = async (run: () => Promise<unknown>): Promise<number> => {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now();
    await run();
    best = Math.min(best, performance.now() - started);
  }
  return best;
};

const now = "2024-01-01T00:00:00Z";
const countingSql = (session: Session, relation: Relation, predicates: readonly Expr[]): string =>
  `SELECT ${predicates.map((expr, i) => `count_if(${renderExpr(expr, { dialect: session.dialect, now })}) AS c${i}`).join(", ")} FROM ${relation.from}`;

/** Measures the scans and prints each line as it comes. */
export const benchPredicates = (checks: number, failing: number): Expr[] =>
  Array.from({ length: checks }, (_, i) => (i < failing ? failingPredicate(i) : predicate(i)));

export const benchScan = async (rows: number, print: (line: string) => void): Promise<void> => {
  const table = (await benchTables(rows)).find(({ name }) => name === "order_line");
  if (!table) throw new Error("the bench has no table order_line");
  const datastore = await connect([table.path], {});
  try {
    const [container] = (await datastore.sync()).containers;
    if (!container) throw new Error(`${table.path} holds no container`);
    const { relation } = await datastore.open(container);
    for (const checks of [20, 100, 200])
      for (const failing of [0, 10]) {
        const predicates = benchPredicates(checks, failing);
        const tasks = predicates.map(taskOf);
        const options = {
          now,
          recordsMax: 10,
          examplesMax: 10,
          since: null,
          sampled: false,
          references: {},
          signal: undefined,
          onFraction: () => undefined,
        };
        const countingMs = await fastestMs(() => datastore.session.query(countingSql(datastore.session, relation, predicates)));
        let anomalies = 0;
        const scanMs = await fastestMs(
          async () => (anomalies = (await runTasks(datastore, container, relation, tasks, options)).anomalies.length),
        );
        const countsOnlyMs = await fastestMs(() =>
          runTasks(datastore, container, relation, tasks, { ...options, recordsMax: 0, examplesMax: 0 }),
        );
        const measured = {
          rows,
          checks,
          failing,
          countingMs,
          scanMs,
          ratio: scanMs / countingMs,
          countsOnlyMs,
          countsOnlyRatio: countsOnlyMs / countingMs,
          anomalies,
        };
        print(line(measured));
      }
  } finally {
    await datastore.close();
  }
};

const line = ({ checks, failing, countingMs, ratio, countsOnlyRatio, anomalies }: ScanMeasure): string =>
  `scan of ${checks} checks, ${failing} failing: ${ratio.toFixed(2)} × one counting query (${(countingMs / 1000).toFixed(2)} s) with ${anomalies} anomalies captured, ${countsOnlyRatio.toFixed(2)} × without capture`;

if (import.meta.main)
  await benchScan(
    Number(process.argv[2] ?? ROWS_DEFAULT),
    (line) =>
      void process.stdout.write(`${line}
`),
  );
