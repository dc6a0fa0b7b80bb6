/** Profile of and inference from a table of a hundred columns. */
import { inferChecks } from "@touchstone/engine/operations/infer";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { beside, peaksInWords, resetPeaks, costOf, withOpened, type BenchPart } from "./measure.ts";
import { tableFile, wideTable } from "./tables.ts";

const COLUMNS = 100;
/** A tenth of the rows of the other parts: one million by default. */
const ROWS_SHARE = 0.1;
const BAR_SECONDS = 60;

export const benchInference: BenchPart = async (rows, print) => {
  const own = Math.round(rows * ROWS_SHARE);
  await withOpened([await tableFile(wideTable(COLUMNS), own)], async ({ datastore, container, relation }) => {
    const now = new Date().toISOString();
    resetPeaks();
    let profiled = 0;
    let checks = 0;
    const took = await costOf(async () => {
      const started = performance.now();
      const profile = await profileContainer(datastore, container, relation, { now });
      profiled = (performance.now() - started) / 1000;
      checks = (await inferChecks(datastore, container, relation, profile, { now })).length;
    });
    print(
      `profile and inference, ${own.toLocaleString("en")} × ${COLUMNS}: ${beside(took.seconds, BAR_SECONDS, "s", 1)} of which the profile ${profiled.toFixed(1)} s, processor time ${took.processor.toFixed(1)} s; ${checks} checks inferred${peaksInWords()}`,
    );
  });
};
