/** Time of a profile against the engine's own SUMMARIZE, in one session, on the bench tables; and the peak memory. */
import { profileContainer } from "@touchstone/engine/operations/profile";
import { beside, ratio, costsInTurns, peaks, resetPeaks, seconds, withOpened, gigabytes, type BenchPart, type Peaks } from "./measure.ts";
import { ORDER_LINE, tableFile, TAXI_TRIP } from "./tables.ts";

const TABLES = [
  { table: ORDER_LINE, bar: 0.65 },
  { table: TAXI_TRIP, bar: 0.35 },
];
const MEMORY_BAR_GB = 1.5;

export const benchProfile: BenchPart = async (rows, print) => {
  for (const { table, bar } of TABLES)
    await withOpened([await tableFile(table, rows)], async ({ datastore, container, relation }) => {
      const columns = container.fields.map((field) => datastore.session.dialect.quote(field.name)).join(", ");
      resetPeaks();
      const seen: Peaks[] = [];
      const [profile, summarize] = await costsInTurns([
        async () => {
          await profileContainer(datastore, container, relation, { now: new Date().toISOString() });
          seen.push(...peaks());
        },
        () => datastore.session.query(`SUMMARIZE SELECT ${columns} FROM ${relation.from}`),
      ]);
      print(
        `profile of ${table.name}, ${rows.toLocaleString("en")} × ${table.columns.length}: ${seconds(profile.seconds)} = ${ratio(profile, summarize, bar)} SUMMARIZE (${seconds(summarize.seconds)})`,
      );
      for (const { engine, node } of seen.slice(0, 1))
        print(`  engine at most ${beside(engine / 1e9, MEMORY_BAR_GB, "GB")}, Node ${gigabytes(node)}`);
    });
};
