/**
 * What it costs to keep the failing rows: a scan of 100 checks, ten of which fail on a share of the rows each, with the
 * default caps against the same scan without capture, and with the evidence written to a folder besides; and the memory
 * of scans in which every row fails every check, or half the rows fail each.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QualityCheck } from "@touchstone/core/model/check";
import { openTarget, describeWrite } from "@touchstone/engine/enrichment/index";
import { scan } from "@touchstone/engine/operations/scan";
import {
  costOf,
  costsInTurns,
  ratio,
  peaksInWords,
  resetPeaks,
  seconds,
  withOpened,
  type BenchPart,
  type Opened,
  type Print,
} from "./measure.ts";
import { holdingChecks } from "./order-line-checks.ts";
import { scanned } from "./scan.ts";
import { ORDER_LINE, tableFile } from "./tables.ts";

const CHECKS = 100;
/** Few hundredths are to be told apart. */
const RUNS = 3;
const FAILING = 10;
const CASES = [
  { share: 0.0001, bar: 1.05 },
  { share: 0.01, bar: 1.3 },
];
/** The largest part and supplier keys, which are spread evenly from 1 on. */
const PARTS = 2_000_000;
const SUPPLIERS = 100_000;

const checkOf = (rule_type: string, fields: string[], properties: Record<string, unknown>): QualityCheck =>
  QualityCheck.parse({ rule_type, container: "order_line", fields, properties });
const expression = (text: string): QualityCheck => checkOf("satisfiesExpression", [], { expression: text });

/** Ten checks each broken by this share of the rows, mostly by rows of its own: bounds, remainders, conditions, lengths. */
const failingChecks = (share: number): QualityCheck[] => {
  const nth = Math.round(1 / share);
  return [
    checkOf("maxValue", ["part_key"], { value: Math.round(PARTS * (1 - share)) }),
    checkOf("minValue", ["part_key"], { value: Math.round(PARTS * share) + 1 }),
    checkOf("maxValue", ["supplier_key"], { value: Math.round(SUPPLIERS * (1 - share)) }),
    checkOf("greaterThan", ["supplier_key"], { value: Math.round(SUPPLIERS * share) }),
    ...[1, 2, 3].map((remainder) => expression(`MOD(part_key, ${nth}) <> ${remainder}`)),
    expression(`MOD(supplier_key, ${nth}) <> 4`),
    expression(`CASE WHEN MOD(part_key, ${nth}) = 5 THEN LENGTH(comment) > 43 ELSE TRUE END`),
    expression(`MOD(part_key + supplier_key, ${nth}) <> 6`),
  ];
};

/** A hundred checks that no row satisfies: bounds, lists, patterns, lengths, pairs. */
const hopelessChecks = (): QualityCheck[] =>
  Array.from({ length: CHECKS / 5 }, (_, i) => [
    checkOf("maxValue", ["part_key"], { value: -i }),
    checkOf("expectedValues", ["ship_mode"], { list: [`OTHER ${i}`] }),
    checkOf("matchesPattern", ["comment"], { pattern: `^#[0-9]{${i + 1}}$` }),
    checkOf("maxLength", ["comment"], { value: i % 10 }),
    expression(`extended_price < quantity - ${i}`),
  ]).flat();

/** A hundred checks that half the rows break, each half another: as many different sets of broken checks as rows. */
const coinChecks = (): QualityCheck[] =>
  Array.from({ length: CHECKS }, (_, i) => expression(`MOD(${i % 2 === 0 ? "part_key" : "supplier_key"}, ${1000 + 2 * i}) < ${500 + i}`));

/** The evidence of a scan, in a folder of Parquet that is thrown away. */
const scanAndKeep = async ({ datastore }: Opened, checks: readonly QualityCheck[]): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-bench-"));
  try {
    const target = await openTarget(folder, { source: "order_line" });
    const report = await scan({ id: "bench", version: "bench", datastores: [datastore], sources: [], checks });
    const { id, incremental, started_at, finished_at } = report.operation;
    const operation = {
      id,
      datastore: "bench",
      incremental,
      startedAt: started_at,
      finishedAt: finished_at,
      sourceRecordLimit: 10,
      recordsAnalyzedMax: null,
      remediation: "none" as const,
    };
    await target.write(describeWrite(operation, target.prefix, report.containers));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const measureShares = async (opened: Opened, print: Print): Promise<void> => {
  for (const { share, bar } of CASES) {
    const checks = [...holdingChecks(CHECKS - FAILING).map(({ check }) => check), ...failingChecks(share)];
    const renamed = checks.map((check) => ({ ...check, container: opened.container.name }));
    let anomalies = 0;
    const [bare, capturing, kept] = await costsInTurns(
      [
        () => scanned(opened, checks, FAILING, { recordsMax: 0, examplesMax: 0 }),
        async () => (anomalies = (await scanned(opened, checks, FAILING)).anomalies.length),
        () => scanAndKeep(opened, renamed),
      ],
      RUNS,
    );
    print(
      `scan of ${CHECKS} checks, ${FAILING} failing on ${100 * share} % of the rows each, ${anomalies} anomalies captured: ${seconds(capturing.seconds)} = ${ratio(capturing, bare, bar)} without capture (${seconds(bare.seconds)}); with the evidence written as Parquet ${(kept.seconds / bare.seconds).toFixed(2)} ×`,
    );
  }
};

const measureMemory = async (path: string, print: Print): Promise<void> => {
  for (const { what, checks } of [
    { what: "every row fails each", checks: hopelessChecks() },
    { what: "half the rows fail each, at random", checks: coinChecks() },
  ])
    await withOpened([path], async (opened) => {
      resetPeaks();
      const took = await costOf(() => scanned(opened, checks, CHECKS));
      print(`scan of ${CHECKS} checks, ${what}: ${seconds(took.seconds)}${peaksInWords()}`);
    });
};

export const benchCapture: BenchPart = async (rows, print) => {
  const path = await tableFile(ORDER_LINE, rows);
  await withOpened([path], (opened) => measureShares(opened, print));
  await measureMemory(path, print);
};
