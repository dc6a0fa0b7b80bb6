/** `check` from end to end (sync, profile, infer, scan, capture) against the profile alone. */
import { connect } from "@touchstone/engine/connectors/index";
import { check } from "@touchstone/engine/operations/check";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { costsInTurns, ratio, peaksInWords, resetPeaks, seconds, withOpened, type BenchPart } from "./measure.ts";
import { ORDER_LINE, tableFile } from "./tables.ts";

const BAR = 4;

/** Checks files from sync to anomalies; what was found, in words. */
export const checked = async (paths: readonly string[]): Promise<string> => {
  const datastore = await connect(paths);
  try {
    resetPeaks();
    const report = await check({ id: "bench", version: "bench", datastores: [datastore], sources: paths });
    const { checks, failed, unasserted, anomalies } = report.summary;
    const broken = report.containers.find(({ error }) => error !== null);
    if (broken !== undefined) throw new Error(`${broken.name} could not be checked: ${broken.error?.why}`);
    return `${checks} checks inferred, ${failed} failed, ${unasserted} unasserted, ${anomalies} anomalies${peaksInWords()}`;
  } finally {
    await datastore.close();
  }
};

export const benchWholeCheck: BenchPart = async (rows, print) => {
  const path = await tableFile(ORDER_LINE, rows);
  let found = "";
  const [whole, profile] = await costsInTurns([
    async () => (found = await checked([path])),
    () =>
      withOpened([path], ({ datastore, container, relation }) =>
        profileContainer(datastore, container, relation, { now: new Date().toISOString() }),
      ),
  ]);
  print(
    `check of ${rows.toLocaleString("en")} × ${ORDER_LINE.columns.length}: ${seconds(whole.seconds)} = ${ratio(whole, profile, BAR)} the profile (${seconds(profile.seconds)})`,
  );
  print(`  ${found}`);
};
