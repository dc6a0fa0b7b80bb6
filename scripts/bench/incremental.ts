/** An incremental scan of the newest hundredth of a time-ordered file against the full scan: the same hundred row rules. */
import { costsInTurns, ratio, seconds, withOpened, type BenchPart } from "./measure.ts";
import { holdingChecks } from "./order-line-checks.ts";
import { scanned } from "./scan.ts";
import { ORDER_LINE_IN_TIME, tableFile } from "./tables.ts";

const CHECKS = 100;
const NEW_SHARE = 0.01;
const BAR_PERCENT = 5;
/** A scan of a fifth of a second is soon disturbed: the least of five is its own time. */
const RUNS = 5;

export const benchIncremental: BenchPart = async (rows, print) =>
  withOpened([await tableFile(ORDER_LINE_IN_TIME, rows)], async ({ datastore, container, relation }) => {
    const opened = { datastore, container: { ...container, incremental_field: "recorded_at" }, relation };
    const checks = holdingChecks(CHECKS).map(({ check }) => check);
    // A row a second from the start of the table on.
    const since = new Date(Date.UTC(2024, 0, 1) + Math.floor(rows * (1 - NEW_SHARE)) * 1000 - 1)
      .toISOString()
      .replace("T", " ")
      .replace("Z", "");
    let looked = 0;
    const [newest, full] = await costsInTurns(
      [async () => (looked = (await scanned(opened, checks, 0, { since })).records_processed ?? 0), () => scanned(opened, checks, 0)],
      RUNS,
    );
    print(
      `incremental scan of ${looked.toLocaleString("en")} of ${rows.toLocaleString("en")} rows, ${CHECKS} row checks: ${seconds(newest.seconds)} = ${ratio(newest, full, BAR_PERCENT, { unit: "%", scale: 100, digits: 1 })} of the full scan (${seconds(full.seconds)})`,
    );
  });
