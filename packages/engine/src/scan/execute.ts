/** Runs a plan pass by pass and gathers what each check measured, and the rows that failed. */
import { errorInfo, toErrorInfo } from "@touchstone/core/errors";
import type { ErrorInfo } from "@touchstone/core/errors";
import type { Expr } from "@touchstone/core/expr/expr";
import type { ExampleRecord } from "@touchstone/core/model/report";
import type { Cell, Metrics, Verdict } from "@touchstone/core/rules/rule";
import { exampleOf } from "../anomalies.ts";
import type { CapturedRow } from "../anomalies.ts";
import { belowCoverage } from "../judge.ts";
import type { Measurement } from "../judge.ts";
import { isPlain, maxOf, PLAIN, scopeOf } from "../plan.ts";
import type { GroupsPass, Pass, Plan, Scope, SharedPass, TaskOf } from "../plan.ts";
import { captureRows } from "./capture.ts";
import type { FailingPredicate } from "./evidence.ts";
import { clusterPredicate } from "./clusters.ts";
import { compareContainers } from "./compare.ts";
import { toCount } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { exprKey } from "./expression.ts";
import { groupExamples, measureGroups } from "./groups.ts";
import type { GroupsMeasure } from "./groups.ts";
import { attemptOf, isFatal } from "./isolate.ts";
import type { Attempt } from "./isolate.ts";
import { metricValue } from "./metrics.ts";
import { measurePartitions } from "./partitions.ts";
import type { ReferenceShelf } from "./references.ts";
import { measureShared } from "./one-pass.ts";
import type { SharedMeasure } from "./one-pass.ts";
import { settle } from "./settle.ts";
import { sqlSource } from "./source.ts";
import { isRowTask } from "./task.ts";
import type { Task } from "./task.ts";

export type Execution = {
  /** Rows of the container as far as read, and rows of the slice. */
  records: number;
  recordsProcessed: number;
  measurements: Map<string, Measurement>;
  rows: CapturedRow[];
  examples: Map<string, ExampleRecord[]>;
  checkpoint: Cell;
};

/** What passes found so far. Keys of filters and aggregates carry the scope, for a slice has other values than the whole. */
type State = {
  records: Partial<Record<Scope, number>>;
  filters: Map<string, Attempt<number>>;
  aggregates: Map<string, Attempt<Cell>>;
  references: Map<string, Attempt<Metrics>>;
  anomalous: Map<string, Attempt<number>>;
  verdicts: Map<string, Attempt<Verdict>>;
  groups: Map<string, { pass: GroupsPass; measure: Attempt<GroupsMeasure> }>;
  failing: FailingPredicate[];
  examples: Map<string, ExampleRecord[]>;
};

export type ExecuteOptions = {
  incremental: boolean;
  checkpointOf: Parameters<typeof maxOf>[0] | null;
  shelf: ReferenceShelf;
  onFraction: (fraction: number) => void;
  onPass: (pass: Pass) => void;
};

/** Runs all passes. A failing check ends as an error in its measurement; only the loss of the source itself throws. */
export const execute = async (context: ScanContext, tasks: readonly Task[], plan: Plan, options: ExecuteOptions): Promise<Execution> => {
  const byUid = new Map(tasks.map((task) => [task.uid, task]));
  const state: State = {
    records: context.relation.records === null ? {} : { whole: context.relation.records },
    filters: new Map(),
    aggregates: new Map(),
    references: new Map(),
    anomalous: new Map(),
    verdicts: new Map(),
    groups: new Map(),
    failing: [],
    examples: new Map(),
  };
  const stopped = judgeSchemas(context, tasks, state);
  if (stopped === null)
    for (const [i, pass] of plan.passes.entries()) {
      options.onPass(pass);
      await runPass(context, pass, byUid, state, options);
      options.onFraction((i + 1) / (plan.passes.length + 1));
    }
  await countMissing(context, state, options.incremental && stopped === null);
  const measurements = new Map(
    tasks.map((task) => [
      task.uid,
      stopped !== null && task.body.kind !== "schema" ? stopped : measurementOf(task, state, options.incremental),
    ]),
  );
  const rows = await captureRows(
    context,
    state.failing.filter(({ uids }) => uids.some((uid) => hasFailed(byUid.get(uid)!, measurements.get(uid)!))),
  );
  for (const task of tasks) await attachExamples(context, task, measurements.get(task.uid)!, state);
  const checkpoint =
    options.checkpointOf && state.aggregates.get(keyIn(options.incremental ? "slice" : "whole", maxOf(options.checkpointOf)));
  return {
    records: context.relation.recordsTotal ?? state.records.whole ?? 0,
    recordsProcessed: (options.incremental ? state.records.slice : state.records.whole) ?? 0,
    measurements,
    rows,
    examples: state.examples,
    checkpoint: checkpoint?.ok ? checkpoint.value : null,
  };
};

const keyIn = (scope: Scope, expr: Expr): string => `${scope} ${exprKey(expr)}`;

/** Judges schema checks; the measurement of all other checks when one of them stops the container, else null. */
const judgeSchemas = ({ container }: ScanContext, tasks: readonly Task[], state: State): Measurement | null => {
  let stopped: Measurement | null = null;
  for (const { uid, body } of tasks) {
    if (body.kind !== "schema") continue;
    const verdict = attemptOf(() => body.judge(container.fields));
    state.verdicts.set(uid, verdict);
    if (body.abortsContainer && verdict.ok && verdict.value.outcome === "fails")
      stopped = { kind: "error", error: errorInfo("SCAN_STOPPED", uid) };
  }
  return stopped;
};

/** The rows of what was not read by any pass. */
const countMissing = async (context: ScanContext, state: State, incremental: boolean): Promise<void> => {
  const count = async (where: string): Promise<number> =>
    toCount(
      (await context.query("count", `SELECT COUNT(*) AS ${context.write.name("rows")}\nFROM ${context.relation.from}${where}`))[0]?.[
        "rows"
      ],
    );
  state.records.whole ??= await count("");
  if (incremental && context.slice !== null) state.records.slice ??= await count(`\nWHERE ${context.slice}`);
};

const runPass = async (
  context: ScanContext,
  pass: Pass,
  byUid: ReadonlyMap<string, Task>,
  state: State,
  options: ExecuteOptions,
): Promise<void> => {
  const taskOf = <K extends Task["body"]["kind"]>(uid: string, _kind: K): TaskOf<K> => byUid.get(uid) as TaskOf<K>;
  switch (pass.kind) {
    case "schema":
      return;
    case "shared":
      return runShared(context, pass, state);
    case "aggregates":
      return runShared(
        context,
        { kind: "shared", scope: pass.scope, source: PLAIN, predicates: [], filters: [], aggregates: pass.aggregates },
        state,
      );
    case "reference": {
      const { reference } = taskOf(pass.uid, "aggregate").body;
      if (reference) state.references.set(pass.uid, await attempt(() => options.shelf.measure(reference)));
      return;
    }
    case "groups": {
      const measures = await measureGroups(
        context,
        pass,
        pass.uids.map((uid) => taskOf(uid, "groups")),
      );
      for (const [uid, measure] of measures) state.groups.set(uid, { pass, measure });
      return;
    }
    case "partitions": {
      await countMissing(context, state, false);
      const partitions = await attempt(() => measurePartitions(context, state.records.whole ?? 0));
      for (const uid of pass.uids)
        state.verdicts.set(uid, partitions.ok ? attemptOf(() => taskOf(uid, "partitions").body.judge(partitions.value)) : partitions);
      return;
    }
    case "compare": {
      const compared = await attempt(() => compareContainers(context, taskOf(pass.uid, "compare")));
      state.verdicts.set(pass.uid, compared.ok ? { ok: true, value: compared.value.verdict } : compared);
      if (compared.ok) state.examples.set(pass.uid, compared.value.examples);
      return;
    }
    case "clusters": {
      const predicate = await attempt(() => clusterPredicate(context, taskOf(pass.uid, "clusters")));
      if (!predicate.ok) return void state.anomalous.set(pass.uid, predicate);
      return runShared(
        context,
        {
          kind: "shared",
          scope: "whole",
          source: PLAIN,
          predicates: [{ violates: predicate.value, uids: [pass.uid] }],
          filters: [],
          aggregates: [],
        },
        state,
      );
    }
  }
};

/** The value of a step, or the error of the check it was for; what is not about one check is thrown. */
const attempt = async <R>(run: () => Promise<R>): Promise<Attempt<R>> => {
  try {
    return { ok: true, value: await run() };
  } catch (thrown) {
    // Whatever is wrong with another container is the check's problem; the loss of our own engine is everybody's.
    if (isFatal(thrown) && LOST.includes(toErrorInfo(thrown).code)) throw thrown;
    return { ok: false, error: toErrorInfo(thrown) };
  }
};
const LOST: readonly ErrorInfo["code"][] = ["ABORTED", "ENGINE_DIED", "CONNECTION_LOST", "DISK_FULL"];

const runShared = async (context: ScanContext, pass: SharedPass, state: State): Promise<void> => {
  const measured = await (isPlain(pass.source)
    ? measure(context, pass, state).then((value) => ({ ok: true as const, value }))
    : attempt(() => measure(context, pass, state)));
  if (!measured.ok) {
    for (const { uids } of pass.predicates) for (const uid of uids) state.anomalous.set(uid, measured);
    return;
  }
  const { source, records, predicates, filters, aggregates } = measured.value;
  if (isPlain(pass.source) && records !== null) state.records[pass.scope] = records;
  for (const filter of pass.filters) state.filters.set(keyIn(pass.scope, filter), filters.get(exprKey(filter))!);
  for (const expr of pass.aggregates) state.aggregates.set(keyIn(pass.scope, expr), aggregates.get(exprKey(expr))!);
  for (const { predicate, sql, result } of predicates) {
    for (const uid of predicate.uids) state.anomalous.set(uid, result.ok ? { ok: true, value: result.value.anomalous } : result);
    if (result.ok && result.value.anomalous > 0 && sql.ok)
      state.failing.push({ source, sql: sql.value, uids: predicate.uids, anomalous: result.value.anomalous, ids: result.value.ids });
  }
};

/** Big sources are first asked what is cheaper to know; the shared pass then does the rest. */
const measure = async (context: ScanContext, pass: SharedPass, state: State): Promise<SharedMeasure> => {
  const isBig = isPlain(pass.source) && (context.relation.records ?? 0) >= context.settleRowsMin;
  // What is new is mostly little, and counting it costs less than asking it anything else.
  if (isBig && pass.scope === "slice") await countMissing(context, state, true);
  const given = await sqlSource(context, pass);
  const source = { ...given, rowsMost: state.records[pass.scope] ?? given.rowsMost };
  if (!isBig) return measureShared(context, pass, source);
  const { proved, counted } = await settle(context, source, pass.predicates);
  const isLeft = (_: unknown, index: number) => !proved.has(index) && !counted.has(index);
  const rest: SharedPass = { ...pass, predicates: pass.predicates.filter(isLeft) };
  const idle = rest.predicates.length + rest.filters.length + rest.aggregates.length === 0 && pass.scope === "whole";
  const restSource = { ...source, predicates: source.predicates.filter(isLeft) };
  const measured: SharedMeasure = idle
    ? { source, records: null, predicates: [], filters: new Map(), aggregates: new Map() }
    : await measureShared(context, rest, restSource);
  const settled = [...proved, ...counted].map(([index, anomalous]) => ({
    predicate: pass.predicates[index]!,
    sql: source.predicates[index]!,
    result: { ok: true as const, value: { anomalous, ids: anomalous === 0 ? [] : null } },
  }));
  return { ...measured, source, predicates: [...measured.predicates, ...settled] };
};

// ── What each check measured ────────────────────────────────────────────────────────────────────────────────────

const measurementOf = (task: Task, state: State, incremental: boolean): Measurement => {
  const measured = measure1(task, state, scopeOf(task, incremental));
  return measured.ok ? measured.value : { kind: "error", error: measured.error };
};

const measure1 = (task: Task, state: State, scope: Scope): Attempt<Measurement> => {
  const asserted =
    task.filter === null
      ? { ok: true as const, value: state.records[scope] ?? 0 }
      : (state.filters.get(keyIn(scope, task.filter)) ?? unmeasured);
  if (task.body.kind === "schema" || task.body.kind === "partitions" || task.body.kind === "compare") {
    const verdict = state.verdicts.get(task.uid) ?? unmeasured;
    return verdict.ok
      ? {
          ok: true,
          value: {
            kind: "verdict",
            asserted: task.body.kind === "schema" ? null : asserted.ok ? asserted.value : null,
            verdict: verdict.value,
          },
        }
      : verdict;
  }
  if (!asserted.ok) return asserted;
  if (isRowTask(task)) return measureRows(task, state, scope, asserted.value);
  const verdict =
    task.body.kind === "groups"
      ? judgeGroups(task as TaskOf<"groups">, state)
      : judgeMetrics(task as TaskOf<"aggregate">, state, scope, asserted.value);
  return verdict.ok ? { ok: true, value: { kind: "verdict", asserted: asserted.value, verdict: verdict.value } } : verdict;
};

const unmeasured: { ok: false; error: ErrorInfo } = { ok: false, error: errorInfo("INTERNAL", "a pass of the plan left the check out") };

const measureRows = (task: Task, state: State, scope: Scope, asserted: number): Attempt<Measurement> => {
  const anomalous = state.anomalous.get(task.uid) ?? unmeasured;
  if (!anomalous.ok) return anomalous;
  const measured = task.measure === null ? { ok: true as const, value: null } : valueOf(task.measure, task, state, scope);
  return { ok: true, value: { kind: "rows", asserted, anomalous: anomalous.value, measured: measured.ok ? measured.value : null } };
};

const valueOf = (metric: Expr, task: Task, state: State, scope: Scope): Attempt<Cell> =>
  metricValue(metric, task.filter, (expr) => state.aggregates.get(keyIn(scope, expr)) ?? unmeasured);

const judgeMetrics = (task: TaskOf<"aggregate">, state: State, scope: Scope, rows: number): Attempt<Verdict> => {
  const metrics: Record<string, Cell> = {};
  for (const [name, metric] of Object.entries(task.body.metrics)) {
    const value = valueOf(metric, task, state, scope);
    if (!value.ok) return value;
    metrics[name] = value.value;
  }
  const reference = task.body.reference ? (state.references.get(task.uid) ?? unmeasured) : { ok: true as const, value: {} };
  return reference.ok ? attemptOf(() => task.body.judge(metrics, reference.value, rows)) : reference;
};

const judgeGroups = (task: TaskOf<"groups">, state: State): Attempt<Verdict> => {
  const measure = state.groups.get(task.uid)?.measure ?? unmeasured;
  return measure.ok ? attemptOf(() => task.body.judge(measure.value.metrics)) : measure;
};

// ── Evidence ────────────────────────────────────────────────────────────────────────────────────────────────────

const hasFailed = (task: Task, measurement: Measurement): boolean =>
  measurement.kind === "rows" && belowCoverage(measurement.asserted, measurement.anomalous, task.coverage);

const attachExamples = async (context: ScanContext, task: Task, measurement: Measurement, state: State): Promise<void> => {
  const grouping = state.groups.get(task.uid);
  if (!grouping?.measure.ok || measurement.kind !== "verdict" || measurement.verdict.outcome !== "fails") return;
  const rows = await attempt(() => groupExamples(context, grouping.pass, task as TaskOf<"groups">));
  if (rows.ok)
    state.examples.set(
      task.uid,
      rows.value.map((row) => exampleOf(row, context.container.fields)),
    );
};
