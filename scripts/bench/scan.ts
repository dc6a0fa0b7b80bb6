/**
 * A scan through the path of `touchstone scan` (checks bound, planned, run, judged) against one fused query of the same
 * predicates written by hand, in one session on the order lines; and how its time grows with the number of checks.
 */
import type { QualityCheck } from "@touchstone/core/model/check";
import { scanContainer, type ContainerScan, type ScanOptions } from "@touchstone/engine/operations/scan";
import { costsInTurns, ratio, seconds, withOpened, type BenchPart, type Opened } from "./measure.ts";
import { holdingChecks, type HandWritten } from "./order-line-checks.ts";
import { ORDER_LINE, tableFile } from "./tables.ts";

/** Bars: a scan over one fused query, and the time of 200 checks over that of 20. */
const FUSED_BAR = 0.6;
const GROWTH_BAR = 6;
const COUNTS = { few: 20, hundred: 100, many: 200 };

const checksOf = (written: readonly HandWritten[]): QualityCheck[] => written.map(({ check }) => check);

export const fusedSql = ({ relation }: Opened, checks: readonly HandWritten[]): string =>
  `SELECT ${checks.map(({ violates }, i) => `count_if(${violates}) AS c${i}`).join(", ")} FROM ${relation.from}`;

/** Scans, and makes sure that every check was evaluated and as many failed as are meant to. */
export const scanned = async (
  { datastore, container, relation }: Opened,
  checks: readonly QualityCheck[],
  failing: number,
  options: ScanOptions = {},
): Promise<ContainerScan> => {
  const found = await scanContainer(datastore, container, relation, checks, { now: "2024-01-01T00:00:00Z", ...options });
  const failed = found.checks.filter(({ status }) => status === "failed").length;
  const broken = found.checks.find(({ status }) => status === "unasserted");
  if (broken !== undefined) throw new Error(`${broken.rule_type} of ${broken.fields.join(", ")} was not evaluated: ${broken.error?.why}`);
  if (failed !== failing) throw new Error(`${failed} checks failed where ${failing} should`);
  return found;
};

export const benchScan: BenchPart = async (rows, print) =>
  withOpened([await tableFile(ORDER_LINE, rows)], async (opened) => {
    const scanOf = (count: number) => () => scanned(opened, checksOf(holdingChecks(count)), 0);
    const hundred = holdingChecks(COUNTS.hundred);
    const [scan, fused] = await costsInTurns([scanOf(COUNTS.hundred), () => opened.datastore.session.query(fusedSql(opened, hundred))]);
    print(
      `scan of ${COUNTS.hundred} checks, nothing failing, capture on: ${seconds(scan.seconds)} = ${ratio(scan, fused, FUSED_BAR)} one fused count_if query (${seconds(fused.seconds)})`,
    );
    const [few, many] = await costsInTurns([scanOf(COUNTS.few), scanOf(COUNTS.many)]);
    print(
      `scan of ${COUNTS.many} checks: ${seconds(many.seconds)} = ${ratio(many, few, GROWTH_BAR)} ${COUNTS.few} checks (${seconds(few.seconds)})`,
    );
  });
