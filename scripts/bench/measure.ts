/** How every part of the benchmark measures: fastest of some runs, ratios within one run, peak memory of engine and of Node. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Container } from "@touchstone/core/model/container";
import type { ConnectOptions, Datastore, Relation } from "@touchstone/engine/connectors/connector";
import { connect } from "@touchstone/engine/connectors/index";
import { childrenOf, childrenSeconds } from "./processor.ts";

export type Print = (line: string) => void;

/** A part of the benchmark: measures on tables of about this many rows and prints lines as they come. */
export type BenchPart = (rows: number, print: Print) => Promise<void>;

/** Each is run this often and the fastest counts: the first run also warms the file cache. */
const RUNS = 2;

/** What a run cost: the time one waits, and the processor time of this process and its engines; NaN where the system does not tell. */
export type Cost = { seconds: number; processor: number };

const LEAST = (a: Cost, b: Cost): Cost => ({ seconds: Math.min(a.seconds, b.seconds), processor: Math.min(a.processor, b.processor) });

/** The least cost of each of some works, run in turns: what else the machine does meanwhile then touches all of them. */
export const costsInTurns = async <const W extends readonly (() => Promise<unknown>)[]>(
  works: W,
  runs = RUNS,
): Promise<{ [I in keyof W]: Cost }> => {
  const best: Cost[] = works.map(() => ({ seconds: Infinity, processor: Infinity }));
  for (let i = 0; i < runs; i++) for (const [w, work] of works.entries()) best[w] = LEAST(best[w]!, await costOf(work));
  return best as { [I in keyof W]: Cost };
};

/** The cost of one run. */
export const costOf = async (run: () => Promise<unknown>): Promise<Cost> => {
  const before = { at: performance.now(), engines: engineSeconds(), own: process.cpuUsage() };
  await run();
  const own = process.cpuUsage(before.own);
  return {
    seconds: (performance.now() - before.at) / 1000,
    processor: (own.user + own.system) / 1e6 + engineSeconds() - before.engines,
  };
};

export const seconds = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;

/** A figure beside its bar, which it should stay below: `0.52 × (bar 0.6)`. */
export const beside = (value: number, bar: number, unit = "×", digits = 2): string =>
  `${value.toFixed(digits)} ${unit} (bar ${bar})${value > bar ? " MISSED" : ""}`;

/** One cost as a multiple of another, beside its bar; on a busy machine the processor time tells more than the clock. */
export const ratio = (cost: Cost, other: Cost, bar: number, { unit = "×", scale = 1, digits = 2 } = {}): string => {
  const byProcessor = (scale * cost.processor) / other.processor;
  const processor = Number.isFinite(byProcessor) ? `, ${byProcessor.toFixed(digits)} ${unit} by processor time` : "";
  return `${beside((scale * cost.seconds) / other.seconds, bar, unit, digits)}${processor}`;
};

/** Processor seconds of the engines so far, of those that are gone too. */
const engineSeconds = (): number => childrenSeconds("self");

/** Largest resident set of a process in bytes; null where the system does not tell (only Linux does). */
const peakOf = (pid: number | "self"): number | null => {
  if (process.platform !== "linux") return null;
  const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return found === undefined ? null : Number(found) * 1024;
};

/** Forgets earlier peaks of this process and of its engines, so that parts do not inherit them (proc(5), clear_refs). */
export const resetPeaks = (): void => {
  if (process.platform !== "linux") return;
  for (const pid of ["self", ...childrenOf("self")]) writeFileSync(`/proc/${pid}/clear_refs`, "5");
};

export type Peaks = { engine: number; node: number };

/** Peaks since the last reset, in bytes; none where the system does not tell. */
export const peaks = (): Peaks[] => {
  const node = peakOf("self");
  return node === null ? [] : [{ node, engine: Math.max(0, ...childrenOf("self").map((pid) => peakOf(pid) ?? 0)) }];
};

/** The same in words, to stand behind a figure. */
export const peaksInWords = (): string =>
  peaks()
    .map(({ engine, node }) => `, engine at most ${gigabytes(engine)}, Node ${gigabytes(node)}`)
    .join("");

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

/** A container made readable, with the datastore it is of. */
export type Opened = { datastore: Datastore; container: Container; relation: Relation };

/** Opens files as one datastore and the first of their containers, works, and closes. */
export const withOpened = async <R>(
  paths: readonly string[],
  work: (opened: Opened) => Promise<R>,
  options: Partial<ConnectOptions> = {},
): Promise<R> => {
  const datastore = await connect(paths, options);
  try {
    const { containers } = await datastore.sync();
    const container = containers.find(({ name }) => paths[0]!.includes(name)) ?? containers[0];
    if (container === undefined) throw new Error(`${paths.join(", ")} holds no container`);
    const { relation } = await datastore.open(container);
    return await work({ datastore, container, relation });
  } finally {
    await datastore.close();
  }
};
