/** From tasks to findings on one opened container: plan, execute, judge, name the anomalies. */
import { field, gt } from "@touchstone/core/expr/expr";
import type { Expr, FieldRef } from "@touchstone/core/expr/expr";
import type { Container } from "@touchstone/core/model/container";
import type { Anomaly, CheckResult, ContainerReport } from "@touchstone/core/model/report";
import { anomaliesOf } from "../anomalies.ts";
import type { AnomalyOptions } from "../anomalies.ts";
import type { Datastore, Relation } from "../connectors/connector.ts";
import { renderExpr } from "../dialects/render.ts";
import { judge } from "../judge.ts";
import { planScan, PREDICATES_MAX } from "../plan.ts";
import type { Pass, Plan } from "../plan.ts";
import { ALL_ROWS } from "./context.ts";
import type { ScanContext, Writer } from "./context.ts";
import { everyRowMax } from "./evidence.ts";
import { execute } from "./execute.ts";
import { referenceShelf } from "./references.ts";
import { SETTLE_ROWS_MIN, withoutIdleTests } from "./settle.ts";
import { shown } from "./shown.ts";
import type { Task } from "./task.ts";

export type RunOptions = {
  /** Start of the operation, ISO 8601 UTC. */
  now: string;
  /** Record anomalies per check before the rest roll up. */
  recordsMax: number | "all";
  /** Example rows per shape anomaly. */
  examplesMax: number | "all";
  /** Value of the incremental field after which rows are new; null: all rows are looked at. */
  since: Expr | null;
  /** Only a sample of the rows is behind the relation. */
  sampled: boolean;
  references: Readonly<Record<string, Datastore>>;
  /** Rows from which statistics and value counts are asked before the shared pass. */
  settleRowsMin?: number | undefined;
  /** Failing rows shown at most where recordsMax is "all". */
  everyRowMax?: number | undefined;
  signal: AbortSignal | undefined;
  onFraction: (fraction: number) => void;
};

export type TaskFindings = {
  records: number;
  recordsProcessed: number;
  passes: ContainerReport["passes"];
  checks: CheckResult[];
  anomalies: Anomaly[];
  checkpoint: ContainerReport["checkpoint"];
};

/** A pass of the plan with the SQL it will run, for people to read. */
export type PlannedPass = { kind: string; what: string; uids: string[]; sql: string[] };

/** Runs tasks on a container. Throws only when the container itself cannot be read on. */
export const runTasks = async (
  datastore: Datastore,
  container: Container,
  relation: Relation,
  tasks: readonly Task[],
  options: RunOptions,
): Promise<TaskFindings> => {
  const { context, shelf, plan, checkpointOf, incremental } = prepare(datastore, container, relation, tasks, options);
  const passes: ContainerReport["passes"] = [];
  const ran = new Map<string, number>();
  const count = (title: string): void => void ran.set(title, (ran.get(title) ?? 0) + 1);
  const counting: ScanContext = {
    ...context,
    query: (title, sql) => (count(title), context.query(title, sql)),
    stream: (title, sql, batchRows) => (count(title), context.stream(title, sql, batchRows)),
  };
  try {
    const execution = await execute(counting, tasks, plan, {
      incremental,
      checkpointOf,
      shelf,
      onFraction: options.onFraction,
      onPass: (pass) => passes.push(describePass(pass)),
    });
    const results = new Map(tasks.map((task) => [task.uid, judge(task, execution.measurements.get(task.uid)!)]));
    return {
      records: execution.records,
      recordsProcessed: execution.recordsProcessed,
      passes: [...passes, ...unplanned(ran)],
      checks: tasks.map(({ uid }) => results.get(uid)!),
      anomalies: anomaliesOf(
        { tasks, results, rows: execution.rows, examples: execution.examples },
        anomalyOptions(container, incremental, options),
      ),
      checkpoint: asShown(execution.checkpoint),
    };
  } finally {
    await shelf.close();
  }
};

/** The passes a scan would make, with their SQL; nothing of the container is read. References are opened, to know their fields. */
export const explainTasks = async (
  datastore: Datastore,
  container: Container,
  relation: Relation,
  tasks: readonly Task[],
  options: RunOptions,
): Promise<PlannedPass[]> => {
  const { context, shelf, plan, checkpointOf, incremental } = prepare(datastore, container, relation, tasks, options);
  const planned: PlannedPass[] = [];
  const recording: ScanContext = {
    ...context,
    // What statistics and value counts settle depends on the data.
    settleRowsMin: Number.POSITIVE_INFINITY,
    query: (_, sql) => {
      planned.at(-1)?.sql.push(sql);
      return Promise.resolve([]);
    },
  };
  try {
    await execute(recording, tasks, plan, {
      incremental,
      checkpointOf,
      shelf,
      onFraction: () => undefined,
      onPass: (pass) => planned.push({ ...describePass(pass), uids: uidsOf(pass), sql: [] }),
    });
    return planned;
  } finally {
    await shelf.close();
  }
};

const prepare = (datastore: Datastore, container: Container, relation: Relation, tasks: readonly Task[], options: RunOptions) => {
  const write = writerOf(datastore, options.now);
  const queryOptions = { signal: options.signal };
  const shelf = referenceShelf({
    datastore,
    container,
    relation,
    others: options.references,
    writerOf: (other) => writerOf(other, options.now),
    query: queryOptions,
  });
  const checkpointOf = incrementalField(container);
  const incremental = options.since !== null && checkpointOf !== null;
  const slice = incremental ? write.expr(gt(checkpointOf, options.since!)) : null;
  const context: ScanContext = {
    session: datastore.session,
    container,
    relation,
    write,
    slice,
    rowsMax: limit(options.recordsMax) + limit(options.examplesMax),
    everyRowMax: options.everyRowMax ?? everyRowMax(container.fields.length),
    settleRowsMin: options.settleRowsMin ?? SETTLE_ROWS_MIN,
    openReference: shelf.open,
    query: (title, sql) => datastore.session.query(titled(title, sql), queryOptions),
    stream: (title, sql, batchRows) => datastore.session.stream(titled(title, sql), batchRows, queryOptions),
    queryOptions,
  };
  const plan: Plan = planScan(
    tasks.map((task) => simplified(task, container)),
    {
      incremental,
      recordsKnown: relation.records !== null,
      incrementalField: checkpointOf,
      predicatesMax: PREDICATES_MAX,
    },
  );
  return { context, shelf, plan, checkpointOf, incremental };
};

/** A statement that says in the engine's own list of running ones what it is for. */
const titled = (title: string, sql: string): string => `/* touchstone scan: ${title} */\n${sql}`;

const simplified = (task: Task, { fields }: Container): Task =>
  task.body.kind === "row" ? { ...task, body: { ...task.body, violates: withoutIdleTests(task.body.violates, fields) } } : task;

const limit = (value: number | "all"): number => (value === "all" ? ALL_ROWS : value);

const writerOf = ({ session }: Datastore, now: string): Writer => ({
  expr: (expr) => renderExpr(expr, { dialect: session.dialect, now }),
  name: session.dialect.quote,
});

/** The field whose growing values mark new rows, when the container has it. */
export const incrementalField = ({ incremental_field, fields }: Container): FieldRef | null => {
  const found = fields.find(({ name }) => name === incremental_field);
  return found ? field(found.name, found.field_type) : null;
};

const anomalyOptions = (container: Container, incremental: boolean, options: RunOptions): AnomalyOptions => ({
  recordsMax: limit(options.recordsMax),
  examplesMax: limit(options.recordsMax === "all" ? "all" : options.examplesMax),
  fields: container.fields,
  keyFields: container.keys[0] ?? null,
  scope: `${incremental ? "slice" : "full"}${options.sampled ? ", sampled" : ""}`,
});

const asShown = (cell: Parameters<typeof shown>[0]): ContainerReport["checkpoint"] => {
  const value = shown(cell);
  return value === null || typeof value !== "object" ? value : JSON.stringify(value);
};

const uidsOf = (pass: Pass): string[] => {
  if (pass.kind === "shared") return pass.predicates.flatMap(({ uids }) => uids);
  return "uid" in pass ? [pass.uid] : pass.uids;
};

/** Statements that the data called for and no plan foresaw, by title. */
const UNPLANNED: readonly [title: string, kind: string][] = [
  ["proof by statistics", "proof"],
  ["value counts", "value_counts"],
  ["rows of failing checks", "capture"],
  ["captured rows", "capture"],
  ["first rows of groups", "capture"],
  ["captured rows of groups", "capture"],
];

const unplanned = (ran: ReadonlyMap<string, number>): ContainerReport["passes"] =>
  UNPLANNED.flatMap(([title, kind]) => (ran.has(title) ? [{ kind, what: `${title}, ${count(ran.get(title)!, "statement")}` }] : []));

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** A pass as a report names it. */
export const describePass = (pass: Pass): { kind: string; what: string } => {
  if (pass.kind !== "shared") return { kind: pass.kind, what: count(uidsOf(pass).length, "check") };
  const { source, predicates, filters, aggregates } = pass;
  const where =
    source.kind === "ordered"
      ? ", rows in order"
      : source.joins
          .map((join) => `, joined with ${join.kind === "reference" ? join.reference.container : "what its groups agree on"}`)
          .join("");
  return {
    kind: pass.kind,
    what: `${count(predicates.length, "predicate")}, ${count(filters.length, "filter")}, ${count(aggregates.length, "aggregate")}${where}`,
  };
};
