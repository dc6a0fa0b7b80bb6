/**
 * What one run of the command line leaves for the next, in one small JSON file (`--state FILE`): checkpoints of
 * incremental scans, the measurements of checks, and which containers an unfinished operation has done.
 *
 * No rows are in it. So of an unfinished operation only containers without findings are kept: the rows of a finding
 * stand nowhere but in the enrichment target, which takes an operation whole or not at all; a container with findings
 * is scanned again when the operation is resumed. A checkpoint is one value of the incremental field.
 */
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { UserError, userError } from "@touchstone/core/errors";
import { ContainerReport } from "@touchstone/core/model/report";
import { ShownValue } from "@touchstone/core/model/profile";
import { syncPath } from "./enrichment/commit.ts";
import { withLock } from "./enrichment/lock.ts";

/** Measurements kept per check: more than a year of days, few enough for a small file. */
const MEASUREMENTS_MAX = 400;
const FILE_BYTES_MAX = 256 * 1024 ** 2;
const LOCK_WAIT_MS = 10_000;

const Measurement = z.object({ at: z.string(), value: z.number(), operation: z.string() });

const State = z.object({
  version: z.literal(1),
  checkpoints: z.array(
    z.object({ source: z.string(), container: z.string(), field: z.string().nullable(), value: ShownValue, at: z.string() }),
  ),
  measurements: z.array(z.object({ source: z.string(), check: z.string(), values: z.array(Measurement) })),
  unfinished: z.array(z.object({ operation: z.string(), source: z.string(), report: ContainerReport })),
});
export type State = z.infer<typeof State>;

export const EMPTY_STATE: State = Object.freeze({ version: 1, checkpoints: [], measurements: [], unfinished: [] });

/** A finished container of an operation, and the field whose growing values its checkpoint is of. */
export type Outcome = { report: ContainerReport; incrementalField: string | null };

/** Checkpoints of a source by container. The field tells a checkpoint of today's incremental field from one of another. */
export const checkpointsOf = (state: State, source: string): Map<string, { field: string | null; value: ShownValue }> =>
  new Map(state.checkpoints.filter((one) => one.source === source).map(({ container, field, value }) => [container, { field, value }]));

/** Measurements of a source's checks by uid, oldest first, those of the given operation left out: a rerun must not see itself. */
export const historiesOf = (state: State, source: string, operation: string): Map<string, { at: string; value: number }[]> =>
  new Map(
    state.measurements
      .filter((one) => one.source === source)
      .map(({ check, values }) => [check, values.filter((one) => one.operation !== operation).map(({ at, value }) => ({ at, value }))]),
  );

/** Containers of an unfinished operation that need not be scanned again, by name. */
export const resumable = (state: State, source: string, operation: string): Map<string, ContainerReport> =>
  new Map(
    state.unfinished.filter((one) => one.source === source && one.operation === operation).map(({ report }) => [report.name, report]),
  );

const isClean = ({ result, anomalies, rejected_lines }: ContainerReport): boolean =>
  result === "success" && anomalies.length === 0 && rejected_lines === 0;

/** Values of profiles are left out: they are many, and the next profile has them anew. */
const withoutValues = (report: ContainerReport): ContainerReport => ({
  ...report,
  fields: report.fields.map((field) => ({ ...field, profile: null })),
});

/** Notes a finished container of a running operation, when nothing was found in it. Of a source only the last operation can be resumed. */
export const withFinished = (state: State, source: string, operation: string, report: ContainerReport): State => {
  const kept = state.unfinished.filter((one) => one.source !== source || (one.operation === operation && one.report.name !== report.name));
  return { ...state, unfinished: isClean(report) ? [...kept, { operation, source, report: withoutValues(report) }] : kept };
};

type Operation = { id: string; finishedAt: string };

/**
 * Notes the end of an operation: checkpoints and measurements of what succeeded. To be called after the enrichment was
 * written: a checkpoint that is ahead of it would lose findings. The same operation again replaces its measurements.
 * When a container failed, the clean ones are kept, so that the same operation again scans only the others.
 */
export const withResults = (state: State, source: string, operation: Operation, outcomes: readonly Outcome[]): State => {
  const done = outcomes.filter(({ report }) => report.result === "success");
  const noted = {
    ...state,
    checkpoints: mergeCheckpoints(state.checkpoints, source, operation, done),
    measurements: mergeMeasurements(state.measurements, source, operation, done),
    unfinished: state.unfinished.filter((one) => one.source !== source),
  };
  if (done.length === outcomes.length) return noted;
  return done.reduce((next, { report }) => withFinished(next, source, operation.id, report), noted);
};

const mergeCheckpoints = (
  known: State["checkpoints"],
  source: string,
  { finishedAt }: Operation,
  done: readonly Outcome[],
): State["checkpoints"] => {
  const fresh = done
    .filter(({ report }) => report.checkpoint !== null)
    .map(({ report, incrementalField }) => ({
      source,
      container: report.name,
      field: incrementalField,
      value: report.checkpoint,
      at: finishedAt,
    }));
  const replaced = new Set(fresh.map(({ container }) => container));
  return [...known.filter((one) => one.source !== source || !replaced.has(one.container)), ...fresh];
};

const mergeMeasurements = (
  known: State["measurements"],
  source: string,
  operation: Operation,
  done: readonly Outcome[],
): State["measurements"] => {
  const measured = done
    .flatMap(({ report }) => report.checks)
    .flatMap(({ uid, measured }) => (typeof measured === "number" ? [[uid, measured] as const] : []));
  const ofSource = new Map(known.filter((one) => one.source === source).map(({ check, values }) => [check, values]));
  for (const [check, value] of measured) {
    const earlier = (ofSource.get(check) ?? []).filter((one) => one.operation !== operation.id);
    ofSource.set(check, [...earlier, { at: operation.finishedAt, value, operation: operation.id }].slice(-MEASUREMENTS_MAX));
  }
  return [...known.filter((one) => one.source !== source), ...[...ofSource].map(([check, values]) => ({ source, check, values }))];
};

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "it is on a read-only file system",
  EISDIR: "it is a folder",
  ENOTDIR: "a file stands where its folder should be",
  ENOENT: "its folder does not exist",
  ENOSPC: "no space is left",
};

const explained = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof UserError || codeOf(thrown) === "") throw thrown;
    throw new UserError(userError("STATE_UNUSABLE", file, REASONS[codeOf(thrown)] ?? `the system answers ${codeOf(thrown)}`).info, {
      cause: thrown,
    });
  }
};

const parse = (file: string, text: string): State => {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError)
      throw userError("STATE_UNUSABLE", file, text.trim() === "" ? "it is empty" : "it is not well-formed JSON");
    throw thrown;
  }
  const version = typeof raw === "object" && raw !== null && "version" in raw ? raw.version : undefined;
  if (typeof version === "number" && version > 1)
    throw userError("STATE_UNUSABLE", file, `it was written by a newer version of Touchstone (layout ${version})`);
  const state = State.safeParse(raw);
  if (state.success) return state.data;
  throw userError(
    "STATE_UNUSABLE",
    file,
    `it is not a state file of Touchstone (at ${state.error.issues[0]?.path.join(".") || "its top"})`,
  );
};

const read = async (file: string): Promise<State> => {
  try {
    if ((await stat(file)).size > FILE_BYTES_MAX) throw userError("STATE_UNUSABLE", file, `it is larger than ${FILE_BYTES_MAX} bytes`);
    return parse(file, await readFile(file, "utf8"));
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return EMPTY_STATE;
    throw thrown;
  }
};

/** The state a file holds; the empty one when there is no file. Throws STATE_UNUSABLE. */
export const readState = (file: string): Promise<State> => explained(file, () => read(resolve(file)));

/** The new content under another name, flushed, then renamed: a reader sees the old or the new, never a part. */
const replace = async (file: string, state: State): Promise<void> => {
  const unfinished = `${file}.new`;
  try {
    const handle = await open(unfinished, "w", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(state, null, 1)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (thrown) {
    await rm(unfinished, { force: true });
    throw thrown;
  }
  await syncPath(dirname(file));
};

/**
 * Changes the state on disk: reads, changes, writes, alone among processes. Answers the new state.
 * Throws STATE_UNUSABLE, and TARGET_BUSY when another process keeps the file locked.
 */
export const updateState = (given: string, change: (state: State) => State): Promise<State> => {
  const file = resolve(given);
  return explained(given, () =>
    withLock(`${file}.lock`, given, LOCK_WAIT_MS, async () => {
      const state = change(await read(file));
      await replace(file, state);
      return state;
    }),
  );
};
