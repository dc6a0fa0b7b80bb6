/** The control plane under load: lists, filters and searches of a large installation, its memory, and many dataplanes that wait. */
import { readFileSync } from "node:fs";
import { install, type Installation } from "./server/installation.ts";
import { alone, load, percentile, type Alone, type Answered } from "./server/load.ts";
import { beside, type BenchPart, type Print } from "./measure.ts";
import { pollingShare } from "./server/polling.ts";
import { KINDS } from "./server/requests.ts";
import { stock, type Size } from "./server/stock.ts";

const FULL: Size = { containers: 10_000, checks: 100_000, anomalies: 1_000_000 };
/** Rows from which on the store is full size; with fewer it is as much smaller. */
const ROWS_FULL = 1_000_000;

const PER_SECOND = 100;
const WARM_UP_SECONDS = 5;
const SECONDS = 40;
const DATAPLANES = 50;
const POLLING_SECONDS = 20;

const P95_MS_BAR = 100;
const MEMORY_MB_BAR = 700;
const POLLING_PERCENT_BAR = 5;

export const benchServer: BenchPart = async (rows, print) => {
  const installation = await install();
  if (installation === null) return print("skipped: Postgres server (none is installed here)");
  try {
    await measure(installation, Math.min(1, rows / ROWS_FULL), print);
  } finally {
    await installation.stop();
  }
};

const measure = async (installation: Installation, scale: number, print: Print): Promise<void> => {
  const scaled = (count: number): number => Math.max(10, Math.round(count * scale));
  const size = { containers: scaled(FULL.containers), checks: scaled(FULL.checks), anomalies: scaled(FULL.anomalies) };
  const filled = await stock(installation.store.db, size);
  print(`${size.containers} containers, ${size.checks} checks, ${size.anomalies} anomalies; ${PER_SECOND} requests a second, ${SECONDS} s`);
  const tokens = [await installation.tokenOf(filled.admin), await installation.tokenOf(filled.member)];
  await load(installation, filled, tokens, { perSecond: PER_SECOND, seconds: WARM_UP_SECONDS });
  const costs = await alone(installation, filled, tokens[0]!);
  print(`a request of the mix       ${costInWords(ofTheMix(costs))}`);
  const before = installation.processorSeconds();
  const answers = await load(installation, filled, tokens, { perSecond: PER_SECOND, seconds: SECONDS });
  const after = installation.processorSeconds();
  tell(answers, costs, print);
  const each = (part: "server" | "store"): number => ((after[part] - before[part]) * 1000) / answers.length;
  print(`a request under load       ${costInWords({ server: each("server"), store: each("store") })}`);
  const megabytes = peakMegabytes(installation.pid);
  print(`memory of the process      ${beside(megabytes, MEMORY_MB_BAR, "MB", 0)}`);
  const share = 100 * (await pollingShare(installation, DATAPLANES, POLLING_SECONDS));
  print(`${DATAPLANES} dataplanes polling      ${beside(share, POLLING_PERCENT_BAR, "% of a processor", 1)}`);
};

/** Largest resident set (proc(5), VmHWM); NaN where the system does not tell. */
const peakMegabytes = (pid: number): number =>
  process.platform === "linux" ? Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024 : NaN;

/** The cost of a request on average, each kind as often as it is asked. */
const ofTheMix = (costs: ReadonlyMap<string, Alone>): Omit<Alone, "ms"> => {
  const shares = KINDS.reduce((sum, { share }) => sum + share, 0);
  const average = (part: "server" | "store"): number =>
    KINDS.reduce((sum, { name, share }) => sum + share * (costs.get(name)?.[part] ?? NaN), 0) / shares;
  return { server: average("server"), store: average("store") };
};

const costInWords = ({ server, store }: Omit<Alone, "ms">): string =>
  `processor time ${server.toFixed(1)} ms and ${store.toFixed(1)} ms in the store`;

/** `alone` is the fastest answer with nothing beside it, and what an answer costs then. */
const tell = (answers: readonly Answered[], costs: ReadonlyMap<string, Alone>, print: Print): void => {
  const line = (name: string, some: readonly Answered[]): string => {
    const sorted = some.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) => percentile(sorted, part));
    const failed = some.filter(({ status }) => status !== 200).length;
    const refused = failed === 0 ? "" : `, ${failed} not answered with 200`;
    const cost = costs.get(name);
    const own = cost === undefined ? "" : `alone ${cost.ms.toFixed(0)} ms (${costInWords(cost)}), `;
    return `${name.padEnd(26)} ${String(some.length).padStart(5)}  ${own}p50 ${p50!.toFixed(0)} ms, p95 ${beside(p95!, P95_MS_BAR, "ms", 0)}, p99 ${p99!.toFixed(0)} ms${refused}`;
  };
  for (const [kind, some] of Map.groupBy(answers, ({ kind: name }) => name)) print(line(kind, some));
  print(line("all of them", answers));
};
