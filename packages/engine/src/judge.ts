/** From what was measured to the result of a check: passed, failed, or unasserted with its error. Pure. */
import { errorInfo } from "@touchstone/core/errors";
import type { ErrorInfo } from "@touchstone/core/errors";
import type { CheckResult } from "@touchstone/core/model/report";
import type { Cell, Verdict } from "@touchstone/core/rules/rule";
import { checkWeight } from "@touchstone/core/scores/weight";
import { failingShare } from "./scan/words.ts";
import { shown } from "./scan/shown.ts";
import type { Task } from "./scan/task.ts";

/** What a scan learnt for one check. Counts are rows after filter and slice. */
export type Measurement =
  | { kind: "error"; error: ErrorInfo }
  | { kind: "rows"; asserted: number; anomalous: number; measured: Cell }
  | { kind: "verdict"; asserted: number | null; verdict: Verdict };

/** The result of one check. A check that was not measured is unasserted: never passed by default. */
export const judge = (task: Task, measurement: Measurement): CheckResult => {
  const result = judged(task, measurement);
  return { ...result, weight: checkWeight(result) };
};

const judged = (task: Task, measurement: Measurement): CheckResult => {
  switch (measurement.kind) {
    case "error":
      return { ...base(task), status: "unasserted", error: measurement.error };
    case "rows":
      return judgeRows(task, measurement.asserted, measurement.anomalous, measurement.measured);
    case "verdict":
      return judgeVerdict(task, measurement.asserted, measurement.verdict);
  }
};

/** Counted floats would be off by a hair at shares like 0.995: a billionth of a row decides nothing. */
const SLACK = 1e-9;

/** Whether fewer rows passed than the coverage asks for. No rows: nothing is missing. */
export const belowCoverage = (asserted: number, anomalous: number, coverage: number | null): boolean =>
  coverage === null || coverage === 1 ? anomalous > 0 : asserted - anomalous < coverage * asserted - SLACK * asserted;

const judgeRows = (task: Task, asserted: number, anomalous: number, measured: Cell): CheckResult => {
  const failed = belowCoverage(asserted, anomalous, task.coverage);
  return {
    ...base(task),
    status: failed ? "failed" : "passed",
    asserted_records: asserted,
    anomalous_records: anomalous,
    measured: shown(measured),
    message: failed ? failingShare(task, asserted, anomalous) : null,
  };
};

const judgeVerdict = (task: Task, asserted: number | null, verdict: Verdict): CheckResult => {
  const result = { ...base(task), asserted_records: asserted };
  if (verdict.outcome === "unasserted")
    return { ...result, asserted_records: null, status: "unasserted", error: errorInfo("CHECK_UNASSERTED", verdict.why) };
  const measured = shown(verdict.measured ?? null);
  if (verdict.outcome === "holds") return { ...result, status: "passed", anomalous_records: 0, measured };
  const tolerated = task.coverage !== null && asserted !== null && !belowCoverage(asserted, verdict.anomalous, task.coverage);
  return {
    ...result,
    status: tolerated ? "passed" : "failed",
    anomalous_records: verdict.anomalous,
    measured,
    message: tolerated ? null : verdict.why,
  };
};

const base = ({ uid, check, fields, sentence }: Task): CheckResult => ({
  uid,
  rule_type: check.rule_type,
  container: check.container,
  fields: [...fields],
  description: check.description || sentence,
  filter: check.filter,
  coverage: check.coverage,
  properties: check.properties,
  tags: check.tags,
  inferred: check.inferred,
  evidence: check.evidence,
  weight: 0,
  status: "unasserted",
  asserted_records: null,
  anomalous_records: null,
  measured: null,
  message: null,
  error: null,
});
