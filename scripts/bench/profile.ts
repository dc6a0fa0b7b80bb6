/** Time of a profile against the engine's own SUMMARIZE, in one session, on the bench tables; and the engine's peak memory. */
import { readFileSync } from "node:fs";
import { connect } from "@touchstone/engine/connectors/index";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { benchTables, ROWS_DEFAULT, type BenchTable } from "./tables.ts";

export type ProfileMeasure = {
  table: string;
  rows: number;
  columns: number;
  summarizeMs: number;
  profileMs: number;
  /** profileMs / summarizeMs. */
  ratio: number;
  /** Largest resident set of the engine process; null where the system does not tell (only Linux does). */
  peakBytes: number | null;
};

/** Each is run twice and the faster counts, since the first also warms the file cache. */
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

/** Largest resident set of the child processes of this one, in bytes. */
const childrenPeakBytes = (): number | null => {
  if (process.platform !== "linux") return null;
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  const peaks = children.map((pid) => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024);
  return Math.max(0, ...peaks);
};

const measure = async ({ name, path, rows, columns }: BenchTable): Promise<ProfileMeasure> => {
  const datastore = await connect([path], {});
  try {
    const [container] = (await datastore.sync()).containers;
    if (container === undefined) throw new Error(`${path} holds no container`);
    const { relation } = await datastore.open(container);
    const profileMs = await fastestMs(() => profileContainer(datastore, container, relation, { now: new Date().toISOString() }));
    const peakBytes = childrenPeakBytes();
    const columnsList = container.fields.map((field) => datastore.session.dialect.quote(field.name)).join(", ");
    const summarizeMs = await fastestMs(() => datastore.session.query(`SUMMARIZE SELECT ${columnsList} FROM ${relation.from}`));
    return { table: name, rows, columns, summarizeMs, profileMs, ratio: profileMs / summarizeMs, peakBytes };
  } finally {
    await datastore.close();
  }
};

/** Measures every bench table; `report` gets each line as it comes. */
export const benchProfile = async (rows = ROWS_DEFAULT, report: (line: string) => void = () => undefined): Promise<ProfileMeasure[]> => {
  const measures: ProfileMeasure[] = [];
  for (const table of await benchTables(rows)) {
    const measured = await measure(table);
    measures.push(measured);
    const memory = measured.peakBytes === null ? "" : `, engine at most ${(measured.peakBytes / 1e9).toFixed(2)} GB`;
    report(
      `profile ${measured.table} ${rows.toLocaleString("en")} × ${measured.columns}: ${(measured.profileMs / 1000).toFixed(2)} s = ${measured.ratio.toFixed(2)} × SUMMARIZE (${(measured.summarizeMs / 1000).toFixed(2)} s)${memory}`,
    );
  }
  return measures;
};

if (import.meta.main) await benchProfile(Number(process.argv[2] ?? ROWS_DEFAULT), (line) => process.stdout.write(`${line}\n`));
