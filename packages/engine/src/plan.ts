/**
 * The plan of a scan: checks in, passes over the data out, as few as possible. Pure: expressions only, no SQL.
 *
 *   schema      nothing is read
 *   shared      one pass for all row checks and mergeable aggregates of one source: the container itself, the container
 *               joined with references (one pass per distinct set of references), or its rows in an order
 *   aggregates  aggregates that do not merge over the groups of a shared pass (distinct counts, quantiles)
 *   groups      one grouping per distinct keys and filter, however many checks ask of it
 *   partitions, compare, clusters, reference   one each
 *
 * Checks that fail cost more passes (fetching their rows): those are not planned, they depend on the data.
 */
import { and, call, field, isNotNull, isNull, nullLiteral, or, when } from "@touchstone/core/expr/expr";
import type { Expr, FieldRef, Reference } from "@touchstone/core/expr/expr";
import { shortHash } from "@touchstone/core/rules/bind";
import { exprKey, isMergeable, rewrite, some } from "./scan/expression.ts";
import type { AggregateExpr } from "./scan/expression.ts";
import type { Task, TaskBody } from "./scan/task.ts";

export type Scope = "slice" | "whole";

/** Columns of joined sources. The names are long so that no field of a user is meant by accident. */
export const HIT = "touchstone_hit";
export const EXPECTED = "touchstone_expected";

/** A source joined to the rows so that no row is multiplied; its columns are read as fields `of` the alias, which tells its content. */
export type Join =
  /** Distinct keys of a reference; HIT is true where a row's operands are among them. */
  | { kind: "reference"; alias: string; operands: Expr[]; reference: Reference }
  /** Per value of the determinant what its rows agree on, as EXPECTED; NULL where they have no opinion. */
  | {
      kind: "consensus";
      alias: string;
      determinant: readonly FieldRef[];
      value: FieldRef;
      filter: Expr | null;
      rowsMin: number;
      shareMin: number;
    };

export type Source = { kind: "rows"; joins: Join[] } | { kind: "ordered"; orderBy: readonly Expr[] | null; filter: Expr | null };

/** True for a failing row of each of the checks; the filter is part of it. Equal predicates are one. */
export type Predicate = { violates: Expr; uids: string[] };

export type SharedPass = {
  kind: "shared";
  scope: Scope;
  source: Source;
  predicates: Predicate[];
  filters: Expr[];
  aggregates: AggregateExpr[];
};
export type GroupsPass = { kind: "groups"; scope: Scope; by: readonly Expr[]; dropNulls: boolean; filter: Expr | null; uids: string[] };
export type Pass =
  | { kind: "schema"; uids: string[] }
  | SharedPass
  | { kind: "aggregates"; scope: Scope; aggregates: AggregateExpr[]; uids: string[] }
  | { kind: "reference"; uid: string }
  | GroupsPass
  | { kind: "partitions"; uids: string[] }
  | { kind: "compare"; uid: string }
  | { kind: "clusters"; uid: string };

export type Plan = { passes: Pass[] };

export type PlanOptions = {
  /** Rules of scope `slice` look only at rows beyond a checkpoint. */
  incremental: boolean;
  /** The container's rows are known without reading. */
  recordsKnown: boolean;
  /** The field whose maximum is the next checkpoint. */
  incrementalField: FieldRef | null;
  /** Predicates of one shared statement; more are split over several. */
  predicatesMax: number;
};

/** Ten words of 60 bits. Beyond this the statement itself (parsing, binding) costs more than another pass. */
export const PREDICATES_MAX = 600;
/** Characters of expression keys in one statement: long value lists split earlier than many checks. */
const EXPRESSION_CHARACTERS_MAX = 2_000_000;

/** Splits the tasks into passes. Every task is in at least one pass; the order of passes is the order of execution. */
export const planScan = (tasks: readonly Task[], options: PlanOptions): Plan => {
  const of = <K extends TaskBody["kind"]>(kind: K) => tasks.filter((task): task is TaskOf<K> => task.body.kind === kind);
  const schema = of("schema").map(({ uid }) => uid);
  return {
    passes: [
      ...(schema.length > 0 ? [{ kind: "schema" as const, uids: schema }] : []),
      ...sharedPasses(tasks, options),
      ...of("aggregate").flatMap((task) => (task.body.reference ? [{ kind: "reference" as const, uid: task.uid }] : [])),
      ...groupPasses(of("groups"), options),
      ...(of("partitions").length > 0 ? [{ kind: "partitions" as const, uids: of("partitions").map(({ uid }) => uid) }] : []),
      ...of("compare").map(({ uid }) => ({ kind: "compare" as const, uid })),
      ...of("clusters").map(({ uid }) => ({ kind: "clusters" as const, uid })),
    ],
  };
};

export type TaskOf<K extends TaskBody["kind"]> = Task & { body: Extract<TaskBody, { kind: K }> };

/** What a task really looks at: outside an incremental scan there is only the whole. */
export const scopeOf = (task: Task, incremental: boolean): Scope => (incremental ? task.scope : "whole");

// ── Shared passes ───────────────────────────────────────────────────────────────────────────────────────────────

type Located = { source: Source; violates: Expr; uid: string };

const sharedPasses = (tasks: readonly Task[], options: PlanOptions): Pass[] => {
  const scopes: Scope[] = options.incremental ? ["slice", "whole"] : ["whole"];
  return scopes.flatMap((scope) =>
    scopePasses(
      tasks.filter((task) => scopeOf(task, options.incremental) === scope),
      scope,
      options,
    ),
  );
};

const scopePasses = (tasks: readonly Task[], scope: Scope, options: PlanOptions): Pass[] => {
  const located = tasks.flatMap(locate);
  const aggregates = distinct([
    ...tasks.flatMap((task) => metricsOf(task).flatMap((expr) => aggregatesIn(expr, task.filter))),
    ...(options.incrementalField && scope === mainScope(options) ? [maxOf(options.incrementalField)] : []),
  ]);
  const filters = distinct(tasks.flatMap(({ filter, body }) => (filter && body.kind !== "schema" ? [filter] : [])));
  const bySource = groupBy(located, ({ source }) => exprKey(source));
  const onRows = bySource.get(exprKey(PLAIN)) ?? [];
  const chunks = chunk(mergeEqual(onRows), options.predicatesMax);
  const grouped = chunks.length > 0;
  const [shared, apart] = grouped ? [aggregates.filter(isMergeable), aggregates.filter((a) => !isMergeable(a))] : [aggregates, []];
  const needed = shared.length + filters.length > 0 || countNeeded(tasks, scope, options);
  const first = chunks.length === 0 && needed ? [[]] : chunks;
  const apartKeys = new Set(apart.map(exprKey));
  const needsApart = (task: Task) =>
    metricsOf(task).some((metric) => aggregatesIn(metric, task.filter).some((a) => apartKeys.has(exprKey(a))));
  return [
    ...first.map((predicates, i): Pass => ({
      kind: "shared",
      scope,
      source: PLAIN,
      predicates,
      filters: i === 0 ? filters : [],
      aggregates: i === 0 ? shared : [],
    })),
    ...(apart.length > 0
      ? [{ kind: "aggregates" as const, scope, aggregates: apart, uids: tasks.filter(needsApart).map(({ uid }) => uid) }]
      : []),
    ...[...bySource]
      .filter(([key]) => key !== exprKey(PLAIN))
      .flatMap(([, items]) =>
        chunk(mergeEqual(items), options.predicatesMax).map((predicates): Pass => ({
          kind: "shared",
          scope,
          source: items[0]!.source,
          predicates,
          filters: [],
          aggregates: [],
        })),
      ),
  ];
};

export const PLAIN: Source = { kind: "rows", joins: [] };
/** Whether the rows of a source are those of the container, no more and in no order. */
export const isPlain = (source: Source): boolean => source.kind === "rows" && source.joins.length === 0;

/** The rows of the slice must be counted by reading; so must those of the whole unless known. */
const countNeeded = (tasks: readonly Task[], scope: Scope, options: PlanOptions): boolean =>
  scope === "slice" || (!options.recordsKnown && (tasks.some(({ body }) => body.kind !== "schema") || !options.incremental));

const mainScope = ({ incremental }: PlanOptions): Scope => (incremental ? "slice" : "whole");

export const maxOf = (of: FieldRef): AggregateExpr => ({ kind: "aggregate", fn: "max", operand: of, where: null, parameter: null });

/** Where the failing rows of a task are found, and by which predicate; nothing for tasks without row predicate. */
const locate = (task: Task): Located[] => {
  const { body, filter, uid } = task;
  if (body.kind === "ordered") return [{ uid, source: { kind: "ordered", orderBy: body.orderBy, filter }, violates: body.violates }];
  if (body.kind === "consensus") return [{ uid, ...locateConsensus(body, filter) }];
  if (body.kind !== "row") return [];
  const { expr, joins } = joinMembers(filter ? and(filter, body.violates) : body.violates);
  return [{ uid, source: { kind: "rows", joins }, violates: expr }];
};

const isOfElement = (expr: Expr): boolean => some(expr, (part) => part.kind === "element");

/** Replaces each membership by a look at a joined reference. Memberships of array elements stay: no join can answer them. */
const joinMembers = (predicate: Expr): { expr: Expr; joins: Join[] } => {
  const joins: Join[] = [];
  const expr = rewrite(predicate, (part) => {
    if (part.kind !== "member" || isOfElement(part)) return part;
    const key = exprKey([part.operands, part.of]);
    let join = joins.find((j) => j.kind === "reference" && exprKey([j.operands, j.reference]) === key);
    if (!join)
      joins.push((join = { kind: "reference", alias: `reference_${shortHash(key)}`, operands: part.operands, reference: part.of }));
    return when(or(...part.operands.map(isNull)), nullLiteral, isNotNull(field(HIT, "Boolean", join.alias)));
  });
  return { expr, joins };
};

const locateConsensus = (body: Extract<TaskBody, { kind: "consensus" }>, filter: Expr | null): { source: Source; violates: Expr } => {
  const joins = body.determinants.map((determinant): Join => ({
    kind: "consensus",
    alias: `consensus_${shortHash(exprKey([determinant, body.value, filter, body.rowsMin, body.shareMin]))}`,
    determinant,
    value: body.value,
    filter,
    rowsMin: body.rowsMin,
    shareMin: body.shareMin,
  }));
  const votes = (condition: (expected: Expr) => Expr) =>
    joins
      .map(({ alias }) => field(EXPECTED, body.value.type, alias))
      .map((expected) => when(and(isNotNull(expected), condition(expected)), one, zero))
      .reduce((a, b) => call("add", a, b));
  const outvoted = call(
    "gt",
    votes((expected) => call("isDistinctFrom", expected, body.value)),
    votes((expected) => call("not", call("isDistinctFrom", expected, body.value))),
  );
  const judged = body.missingFails ? outvoted : and(isNotNull(body.value), outvoted);
  return { source: { kind: "rows", joins }, violates: filter ? and(filter, judged) : judged };
};

const one: Expr = { kind: "literal", type: "Integral", value: 1n };
const zero: Expr = { kind: "literal", type: "Integral", value: 0n };

const mergeEqual = (items: readonly Located[]): Predicate[] =>
  [...groupBy(items, ({ violates }) => exprKey(violates)).values()].map((same) => ({
    violates: same[0]!.violates,
    uids: same.map(({ uid }) => uid),
  }));

const chunk = (predicates: readonly Predicate[], predicatesMax: number): Predicate[][] => {
  const chunks: Predicate[][] = [];
  let characters = 0;
  for (const predicate of predicates) {
    const size = exprKey(predicate.violates).length;
    const last = chunks.at(-1);
    if (!last || last.length >= predicatesMax || characters + size > EXPRESSION_CHARACTERS_MAX) {
      chunks.push([predicate]);
      characters = size;
    } else {
      last.push(predicate);
      characters += size;
    }
  }
  return chunks;
};

// ── Aggregates ──────────────────────────────────────────────────────────────────────────────────────────────────

const metricsOf = ({ body, measure }: Task): Expr[] => [
  ...(body.kind === "aggregate" ? Object.values(body.metrics) : []),
  ...(measure ? [measure] : []),
];

/**
 * An aggregate of the filtered rows, in the form in which passes compute it: the filter moves into the aggregate, and a
 * mean becomes a sum over a count, which merge. Applied both when planning and when the values are put back.
 */
export const computedForm = (expr: Expr, filter: Expr | null): Expr =>
  rewrite(expr, (part) => {
    if (part.kind !== "aggregate") return part;
    const where = filter && part.where ? and(filter, part.where) : (filter ?? part.where);
    if (part.fn !== "mean") return { ...part, where };
    // NaN and infinities take no part in a sum, so the count must leave them out too.
    const whole = part.operand === null || ("type" in part.operand && part.operand.type === "Integral");
    const finite = whole ? where : where === null ? call("isFinite", part.operand!) : and(where, call("isFinite", part.operand!));
    return call("div", { ...part, fn: "sum", where }, { ...part, fn: "count", where: finite });
  });

const aggregatesIn = (metric: Expr, filter: Expr | null): AggregateExpr[] => {
  const found: AggregateExpr[] = [];
  rewrite(computedForm(metric, filter), (part) => {
    if (part.kind === "aggregate") found.push(part);
    return part;
  });
  return found;
};

// ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────

const groupPasses = (tasks: readonly TaskOf<"groups">[], { incremental }: PlanOptions): Pass[] =>
  [...groupBy(tasks, (task) => exprKey([scopeOf(task, incremental), task.body.by, task.body.dropNulls, task.filter])).values()].map(
    (same) => ({
      kind: "groups",
      scope: scopeOf(same[0]!, incremental),
      by: same[0]!.body.by,
      dropNulls: same[0]!.body.dropNulls,
      filter: same[0]!.filter,
      uids: same.map(({ uid }) => uid),
    }),
  );

// ── Lists ───────────────────────────────────────────────────────────────────────────────────────────────────────

const groupBy = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => Map.groupBy(items, key);
const distinct = <T extends Expr>(items: readonly T[]): T[] => [...new Map(items.map((item) => [exprKey(item), item])).values()];
