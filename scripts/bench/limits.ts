/** What is large in another way than in rows: many columns, many checks, and very many rows. Time and memory, mostly without a bar. */
import { statfsSync } from "node:fs";
import { QualityCheck } from "@touchstone/core/model/check";
import type { Field } from "@touchstone/core/model/field";
import { costOf, peaksInWords, resetPeaks, seconds, withOpened, type BenchPart, type Print } from "./measure.ts";
import { holdingChecks } from "./order-line-checks.ts";
import { scanned } from "./scan.ts";
import { BENCH_FOLDER, keysOnlyTable, ORDER_LINE, TALL, tableFile, wideTable, type TableDefinition } from "./tables.ts";
import { checked } from "./whole-check.ts";

/** Shares of the rows of the other parts: 1 M, 100,000 and 130 M rows by default. */
const SHARES = { wide: 0.1, veryWide: 0.01, manyChecks: 0.1, tall: 13 };
const WIDE = { columns: 80, checks: 226 };
const VERY_WIDE_COLUMNS = 2_000;
const KEYS_ONLY_COLUMNS = 500;
const MANY_CHECKS = 10_000;
const TALL_CHECKS = 16;
/** Room that the tall table and what is spilled beside it may need. */
const TALL_BYTES_MAX = 20e9;

type Draft = [rule_type: string, properties: Record<string, unknown>];

/** Checks that hold on the columns of the generated tables, by the kind that their names tell. */
const HOLDING: Record<string, Draft[]> = {
  id: [
    ["notNull", {}],
    ["notNegative", {}],
    ["maxValue", { value: 1e12 }],
  ],
  count: [
    ["notNull", {}],
    ["between", { min: 1, max: 1000 }],
    ["positive", {}],
  ],
  amount: [
    ["notNull", {}],
    ["between", { min: 0, max: 100_000 }],
    ["notNegative", {}],
  ],
  measure: [
    ["notNull", {}],
    ["between", { min: -1000, max: 1000 }],
    ["lessThan", { value: 2000 }],
  ],
  status: [
    ["expectedValues", { list: ["open", "paid", "shipped", "returned", "lost"] }],
    ["matchesPattern", { pattern: "^[a-z]+$" }],
    ["maxLength", { value: 8 }],
  ],
  day: [
    ["notNull", {}],
    ["betweenTimes", { min_time: "2019-01-01", max_time: "2025-12-31" }],
    ["afterDateTime", { datetime: "2018-01-01" }],
  ],
  note: [
    ["maxLength", { value: 40 }],
    ["matchesPattern", { pattern: "^[a-z]+ [a-z]+ [0-9]+$" }],
    ["minLength", { value: 5 }],
  ],
  flag: [
    ["notNull", {}],
    ["expectedValues", { list: [true, false] }],
  ],
  code: [
    ["matchesPattern", { pattern: "^DE[0-9]{5}$" }],
    ["lengthEquals", { value: 7 }],
    ["notNull", {}],
  ],
  at: [
    ["notNull", {}],
    ["betweenTimes", { min_time: "2023-12-31", max_time: "2025-01-02" }],
    ["afterDateTime", { datetime: "2020-01-01" }],
  ],
};

const checksOf = (container: string, fields: readonly Field[], count: number): QualityCheck[] =>
  fields
    .flatMap(({ name }) =>
      (HOLDING[name.replace(/_\d+$/, "")] ?? []).map(([rule_type, properties]) =>
        QualityCheck.parse({ rule_type, container, fields: [name], properties }),
      ),
    )
    .slice(0, count);

const TALL_RULES: [field: string, ...Draft][] = [
  ["event_id", "notNull", {}],
  ["event_id", "notNegative", {}],
  ["session_id", "between", { min: 0, max: 1e9 }],
  ["page", "between", { min: 0, max: 976 }],
  ["page", "notNull", {}],
  ["happened_at", "betweenTimes", { min_time: "2020-01-01", max_time: "2030-01-01" }],
  ["happened_at", "notNull", {}],
  ["action", "expectedValues", { list: ["view", "click", "buy", "back"] }],
  ["action", "notNull", {}],
  ["country", "matchesPattern", { pattern: "^[a-z]{2}$" }],
  ["country", "expectedValues", { list: ["de", "fr", "us", "jp", "br"] }],
  ["amount", "between", { min: 0, max: 10 }],
  ["rating", "between", { min: 0, max: 4 }],
  ["campaign", "matchesPattern", { pattern: "^campaign [0-9]+$" }],
  ["campaign", "maxLength", { value: 12 }],
  ["page", "lessThanField", { field_name: "session_id" }],
];

const measured = async (what: string, print: Print, work: () => Promise<unknown>): Promise<void> => {
  resetPeaks();
  const cost = await costOf(work);
  print(`${what}: ${seconds(cost.seconds)}, processor time ${seconds(cost.processor)}${peaksInWords()}`);
};

/** One scan of a table, opened for it. */
const scanOnce = async (
  table: TableDefinition,
  rows: number,
  checksFor: (name: string, fields: readonly Field[]) => QualityCheck[],
  failing: number,
  print: Print,
) =>
  withOpened([await tableFile(table, rows)], async (opened) => {
    const checks = checksFor(opened.container.name, opened.container.fields);
    await measured(
      `scan of ${checks.length.toLocaleString("en")} checks, ${rows.toLocaleString("en")} × ${table.columns.length}`,
      print,
      () => scanned(opened, checks, failing),
    );
  });

/** Many checks on a wide table and on one of some columns, and `check` of tables of very many columns. */
export const benchWide: BenchPart = async (rows, print) => {
  await scanOnce(wideTable(WIDE.columns), rows * SHARES.wide, (name, fields) => checksOf(name, fields, WIDE.checks), 0, print);
  await scanOnce(ORDER_LINE, rows * SHARES.manyChecks, () => holdingChecks(MANY_CHECKS).map(({ check }) => check), 0, print);
  for (const table of [wideTable(VERY_WIDE_COLUMNS), keysOnlyTable(KEYS_ONLY_COLUMNS)]) {
    const path = await tableFile(table, rows * SHARES.veryWide);
    let found = "";
    const cost = await costOf(async () => (found = await checked([path])));
    print(
      `check of ${(rows * SHARES.veryWide).toLocaleString("en")} × ${table.columns.length}: ${seconds(cost.seconds)}, processor time ${seconds(cost.processor)}`,
    );
    print(`  ${found}`);
  }
};

/** A few checks on very many rows; left out where the disk has no room for them. */
export const benchTall: BenchPart = async (rows, print) => {
  const own = rows * SHARES.tall;
  const { bavail, bsize } = statfsSync(BENCH_FOLDER);
  if (bavail * bsize < (TALL_BYTES_MAX * own) / 130e6)
    return print(
      `scan of ${TALL_CHECKS} checks, ${own.toLocaleString("en")} × ${TALL.columns.length}: left out, the disk of ${BENCH_FOLDER} is short of room`,
    );
  const checksFor = (container: string) =>
    TALL_RULES.map(([field, rule_type, properties]) => QualityCheck.parse({ rule_type, container, fields: [field], properties }));
  // Pages of the first sessions are above the number of their session.
  await scanOnce(TALL, own, checksFor, 1, print);
};
