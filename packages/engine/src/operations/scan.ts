/**
 * Scan: checks asked of containers. Per container: bind the checks, plan the passes, run them, judge, name the anomalies.
 * One broken check is unasserted with its error; one broken container is a failure of its own; the others go on.
 */
import type { Expr, Literal } from "@touchstone/core/expr/expr";
import { variableLiteral } from "@touchstone/core/expr/variables";
import { errorInfo, toErrorInfo, userError } from "@touchstone/core/errors";
import type { ErrorInfo } from "@touchstone/core/errors";
import type { QualityCheck } from "@touchstone/core/model/check";
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import type { ShownValue } from "@touchstone/core/model/profile";
import type { CheckResult, ContainerReport, Report } from "@touchstone/core/model/report";
import { bindChecks } from "@touchstone/core/rules/bind";
import type { UnboundCheck } from "@touchstone/core/rules/bind";
import type { RuleContext } from "@touchstone/core/rules/rule";
import { checkWeight } from "@touchstone/core/scores/weight";
import type { Datastore, Relation } from "../connectors/connector.ts";
import { explainTasks, incrementalField, runTasks } from "../scan/run.ts";
import type { PlannedPass, RunOptions } from "../scan/run.ts";
import { taskOf } from "../scan/task.ts";
import type { Task } from "../scan/task.ts";
import { runContainers, sameName } from "./containers.ts";
import type { OperationRequest } from "./containers.ts";

export type ScanOptions = {
  /** Start of the operation, ISO 8601 UTC; now when absent. */
  now?: string | undefined;
  /** Record anomalies per check before the rest roll up in one shape anomaly; "all" shows every failing row. */
  recordsMax?: number | "all" | undefined;
  /** Example rows of a shape anomaly. */
  examplesMax?: number | "all" | undefined;
  /** Value of the incremental field after which rows are new: the checkpoint of an earlier scan. Null or absent: all rows. */
  since?: ShownValue | undefined;
  /** Only a sample is behind the relation. */
  sampled?: boolean | undefined;
  /** Other datastores, by the name checks use for them. */
  references?: Readonly<Record<string, Datastore>> | undefined;
  /** Values of `{{ name }}` in filters and expressions, as SQL constants: `DATE '2031-02-01'`, `12`, `'x'`. */
  variables?: Readonly<Record<string, string>> | undefined;
  /** Earlier measurements by uid, oldest first. */
  history?: Readonly<Record<string, RuleContext["history"]>> | undefined;
  /** Rows from which statistics and value counts are asked before the shared pass. */
  settleRowsMin?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Part of the passes done, 0..1. */
  onFraction?: ((fraction: number) => void) | undefined;
};

/** What a scan found in one container. */
export type ContainerScan = Pick<ContainerReport, "records" | "records_processed" | "passes" | "checks" | "anomalies" | "checkpoint">;

export const RECORDS_MAX_DEFAULT = 10;
export const EXAMPLES_MAX_DEFAULT = 10;

/**
 * Scans an opened container. Checks that cannot be bound or run come back unasserted with their error. Throws ABORTED, and
 * what makes the container itself unreadable (SOURCE_UNREADABLE, CONNECTION_LOST, ENGINE_DIED …).
 */
export const scanContainer = async (
  datastore: Datastore,
  container: Container,
  relation: Relation,
  checks: readonly QualityCheck[],
  options: ScanOptions = {},
): Promise<ContainerScan> => {
  const { tasks, refused, uids } = await tasksOf(datastore, container, checks, options);
  const found = await runTasks(datastore, container, relation, tasks, runOptions(container, options));
  return {
    records: found.records,
    records_processed: found.recordsProcessed,
    passes: found.passes,
    checks: inOrder([...found.checks, ...refused.map(refusedResult)], uids),
    anomalies: found.anomalies,
    checkpoint: found.checkpoint,
  };
};

export type ContainerPlan = { container: string; passes: PlannedPass[]; refused: { uid: string; error: ErrorInfo }[] };

/** The passes `scanContainer` would make, with their SQL, for `--plan`: nothing of the container is read. */
export const planContainer = async (
  datastore: Datastore,
  container: Container,
  relation: Relation,
  checks: readonly QualityCheck[],
  options: ScanOptions = {},
): Promise<ContainerPlan> => {
  const { tasks, refused } = await tasksOf(datastore, container, checks, options);
  return {
    container: container.name,
    passes: await explainTasks(datastore, container, relation, tasks, runOptions(container, options)),
    refused: refused.map(({ uid, error }) => ({ uid, error })),
  };
};

export type ScanRequest = OperationRequest & {
  checks: readonly QualityCheck[];
  /** Values of the incremental field after which rows are new, by container; they go before `options.since`. */
  checkpoints?: ReadonlyMap<string, ShownValue> | undefined;
  options?: Omit<ScanOptions, "signal" | "onFraction"> | undefined;
};

/** Scans all containers that have checks, or those named. */
export const scan = async (request: ScanRequest): Promise<Report> => {
  const checksOf = (name: string) => request.checks.filter((check) => check.status === "Active" && sameName(check.container, name));
  const named = request.containers ?? [...new Set(request.checks.map((check) => check.container))];
  const options = request.options ?? {};
  return runContainers(
    { ...request, containers: named },
    { type: "scan", incremental: isGiven(options.since) || request.checkpoints !== undefined },
    async ({ datastore, container, relation, onPhase, onFraction, signal }) => {
      onPhase("scan");
      return scanContainer(datastore, container, relation, checksOf(container.name), {
        ...options,
        since: request.checkpoints?.get(container.name) ?? options.since,
        sampled: request.sampleRows !== undefined,
        signal,
        onFraction: (fraction) => onFraction("scan", fraction),
      });
    },
  );
};

const isGiven = (since: ShownValue | undefined): since is Exclude<ShownValue, null> => since !== undefined && since !== null;

// ── From checks to tasks ────────────────────────────────────────────────────────────────────────────────────────

const tasksOf = async (
  datastore: Datastore,
  container: Container,
  checks: readonly QualityCheck[],
  options: ScanOptions,
): Promise<{ tasks: Task[]; refused: UnboundCheck[]; uids: string[] }> => {
  const known = await referenceFields(datastore, checks, options);
  const { bound, unbound } = bindChecks(checks, container, {
    now: options.now ?? new Date().toISOString(),
    variables: variablesOf(options.variables ?? {}),
    history: options.history,
    referenceFields: (name) => known.get(name) ?? null,
  });
  const tasks: Task[] = [];
  const refused = [...unbound];
  for (const check of bound)
    try {
      tasks.push(taskOf(check));
    } catch (thrown) {
      refused.push({ check: check.check, uid: check.uid, error: toErrorInfo(thrown) });
    }
  return { tasks, refused, uids: uidsInOrder(checks, bound, unbound) };
};

/** The uids in the order of the checks: what is not among the unbound is the next of the bound. */
const uidsInOrder = (checks: readonly QualityCheck[], bound: readonly { uid: string }[], unbound: readonly UnboundCheck[]): string[] => {
  const left = [...unbound];
  let next = 0;
  return checks.map((check) => (left[0]?.check === check ? left.shift()!.uid : bound[next++]!.uid));
};

const inOrder = (results: readonly CheckResult[], uids: readonly string[]): CheckResult[] => {
  const byUid = new Map(results.map((result) => [result.uid, result]));
  return uids.map((uid) => byUid.get(uid)!);
};

const variablesOf = (given: Readonly<Record<string, string>>): Record<string, Literal> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, variableLiteral(value)]));

/** Fields of all containers a check might refer to, so that its expressions over them are checked before anything runs. */
const referenceFields = async (
  datastore: Datastore,
  checks: readonly QualityCheck[],
  options: ScanOptions,
): Promise<Map<string, readonly Field[]>> => {
  const fields = new Map<string, readonly Field[]>();
  if (!checks.some(({ properties }) => Object.keys(properties).some((key) => key.startsWith("ref_")))) return fields;
  for (const known of [...Object.values(options.references ?? {}), datastore])
    for (const { name, fields: own } of (await known.sync({ signal: options.signal })).containers) fields.set(name, own);
  return fields;
};

const runOptions = (container: Container, options: ScanOptions): RunOptions => ({
  now: options.now ?? new Date().toISOString(),
  recordsMax: options.recordsMax ?? RECORDS_MAX_DEFAULT,
  examplesMax: options.examplesMax ?? EXAMPLES_MAX_DEFAULT,
  since: isGiven(options.since) ? sinceLiteral(container, options.since) : null,
  sampled: options.sampled ?? false,
  references: options.references ?? {},
  settleRowsMin: options.settleRowsMin,
  signal: options.signal,
  onFraction: options.onFraction ?? (() => undefined),
});

/** A checkpoint as a constant of the incremental field's type; null where the container has no such field. Throws OPTION_INVALID. */
export const sinceLiteral = (container: Container, since: Exclude<ShownValue, null>): Expr | null => {
  const type = incrementalField(container)?.type;
  if (type === undefined) return null;
  const text = String(since);
  const written =
    type === "Date"
      ? `DATE '${text.slice(0, 10)}'`
      : type === "Timestamp"
        ? `TIMESTAMP '${text}'`
        : type === "String"
          ? `'${text.replaceAll("'", "''")}'`
          : text;
  try {
    return variableLiteral(written);
  } catch (thrown) {
    throw userError(
      "OPTION_INVALID",
      "--since",
      `${container.name} grows by ${container.incremental_field}, which is ${type}, and the value is none (${toErrorInfo(thrown).why})`,
    );
  }
};

// ── Results of checks that never became tasks ───────────────────────────────────────────────────────────────────

const refusedResult = ({ check, uid, error }: UnboundCheck): CheckResult => ({
  uid,
  rule_type: check.rule_type,
  container: check.container,
  fields: check.fields,
  description: check.description,
  filter: check.filter,
  coverage: check.coverage,
  properties: check.properties,
  tags: check.tags,
  inferred: check.inferred,
  evidence: check.evidence,
  weight: checkWeight({ rule_type: check.rule_type, inferred: check.inferred, anomalous_records: null }),
  status: "unasserted",
  asserted_records: null,
  anomalous_records: null,
  measured: null,
  message: null,
  error: error ?? errorInfo("INTERNAL", "the check was refused without a reason"),
});
