/** Likeness is judged in memory over the distinct values; what comes of it is an ordinary predicate on rows. */
import { and, bool, isNotNull, oneOf, text } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { userError } from "@touchstone/core/errors";
import type { TaskOf } from "../plan.ts";
import { whereClause } from "./context.ts";
import type { ScanContext } from "./context.ts";
import { canonical } from "./shown.ts";

/** Distinct pairs of value and distinguishing field held in memory. */
const PAIRS_MAX = 199_999;

/** True for rows whose value belongs to a cluster that disagrees on the distinguishing field. */
export const clusterPredicate = async (context: ScanContext, task: TaskOf<"clusters">): Promise<Expr> => {
  const { value, distinct, cluster } = task.body;
  const { write } = context;
  const known = and(isNotNull(value), isNotNull(distinct));
  const where = whereClause(task.filter && write.expr(task.filter), write.expr(known));
  const rows = await context.query(
    "distinct values to cluster",
    `SELECT DISTINCT ${write.expr(value)} AS ${write.name("value")}, ${write.expr(distinct)} AS ${write.name("entity")}\nFROM ${context.relation.from}${where}\nLIMIT ${PAIRS_MAX + 1}`,
  );
  if (rows.length > PAIRS_MAX) throw userError("LIMIT_EXCEEDED", `The number of distinct values of ${value.name}`, `${PAIRS_MAX}`);
  const pairs = rows
    .map((row) => ({ value: String(row["value"]), entity: canonical(row["entity"] ?? null) }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
  const disagreeing = disagreeingValues(pairs, cluster);
  const found = disagreeing.length === 0 ? bool(false) : and(known, oneOf(value, disagreeing.map(text)));
  return task.filter ? and(task.filter, found) : found;
};

/** Values of clusters in which more than one entity occurs. */
export const disagreeingValues = (
  pairs: readonly { value: string; entity: string }[],
  cluster: (values: readonly string[]) => number[],
): string[] => {
  const values = [...new Set(pairs.map(({ value }) => value))];
  const numbers = cluster(values);
  const clusterOf = new Map(values.map((value, i) => [value, numbers[i]!]));
  const entities = new Map<number, Set<string>>();
  for (const { value, entity } of pairs) {
    const number = clusterOf.get(value)!;
    const known = entities.get(number);
    if (known) known.add(entity);
    else entities.set(number, new Set([entity]));
  }
  return values.filter((value) => (entities.get(clusterOf.get(value)!)?.size ?? 0) > 1);
};
