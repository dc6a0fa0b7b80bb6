/**
 * What holds under a condition and not without it: shipped_at has a value where status is 'shipped' and none where it is 'open';
 * currency is 'USD' where country is 'US' (conditional functional dependencies: Bohannon et al. 2007, Fan et al. 2008).
 *
 * Hundreds of columns have a hundred thousand pairs of a value and a column, some of which look like rules by chance. A rule must
 * be so improbable at the rate of the other rows (binomial tail) that all pairs looked at together would give one such in a million tables
 * (Bonferroni), it must not hold without the condition, and its exceptions must be rare in themselves. Correlations (the married are mostly men) pass
 * the first test and fail the others: at the default level a value is bound to its condition from both sides, and whether there is
 * a value at all depends on every value of the condition.
 */
import { inference, outOf, type Candidate } from "./candidate.ts";
import type { Level } from "./level.ts";
import { quoted } from "./numbers.ts";
import { byFrequency, columnNamed, distinctOf, type Column, type Sample } from "./sample.ts";
import { binomialTail, wilsonUpper } from "./statistics.ts";

/** Values a column of conditions may have, and rows each must have. */
const CONDITION_VALUES_MAX = 25;
const CONDITION_ROWS_MIN = 30;
const ROWS_MIN = 60;
const CONDITIONS_MAX = 60;
/** Share of rows under the condition that may break it, and a larger one for a case or two. */
const BROKEN_MAX = 0.03;
/** For one value under a condition at the default level: upper end of the 95 % interval. */
const BROKEN_CONSTANT_MAX = 0.025;
const FEW = 2;
const BROKEN_FEW_MAX = 0.06;
/** Share of the other rows that must be otherwise; for the default level: bound from both sides. */
const OTHERWISE_MIN = 0.2;
const OTHERWISE_STRONG_MIN = 0.9;
/** How many times more often the other rows must be otherwise than those under the condition. */
const LIFT_MIN = 20;
/** Chance of finding such a rule anywhere in the table. */
const ANYWHERE_MAX = 1e-6;
/** Share of the rows under values that decide the column from which all of it is decided. */
const DETERMINED_MIN = 0.95;
/** Checks per column and in all. */
const RULES_PER_COLUMN_MAX = 2;
const RULES_MAX = 60;

/** Words for what is missing: that two questions of a form are left open together is no rule. */
const OPEN = /^(|na|n\/a|none|null|nan|unknown|missing|-+|\.+|\?+)$/i;

type What = "missing" | "present" | "constant";

type Rule = {
  condition: Column;
  /** Values of the condition under which it holds. */
  codes: readonly number[];
  column: Column;
  what: What;
  /** The value, for a constant. */
  value: number;
  rows: number;
  broken: number;
  /** Rows outside the condition, and those of them that would break it. */
  others: number;
  otherwise: number;
  /** Whether every value of the condition says as much, one way or the other. */
  isPure: boolean;
};

const isCondition = (c: Column): boolean => {
  const isNominal = c.field.field_type === "String" || c.field.field_type === "Boolean" || c.field.field_type === "Integral";
  return isNominal && c.known >= ROWS_MIN && distinctOf(c) >= 2 && c.values.length <= CONDITION_VALUES_MAX;
};

const conditionValues = (c: Column): number[] =>
  byFrequency(c).filter((code) => c.counts[code]! >= CONDITION_ROWS_MIN && !OPEN.test(c.values[code]!));

/** Rows per value of the condition and value of a column, with the NULLs first. */
type Contingency = { counts: Int32Array; width: number };

const contingency = (condition: Column, column: Column): Contingency => {
  const width = column.values.length + 1;
  const counts = new Int32Array(condition.values.length * width);
  for (let row = 0; row < condition.codes.length; row++) {
    const code = condition.codes[row]!;
    if (code >= 0) counts[code * width + column.codes[row]! + 1]!++;
  }
  return { counts, width };
};

/** A column in which only the gaps are told apart: of too many values to be constant anywhere. */
const gapsOnly = (c: Column): Column => ({ ...c, codes: c.codes.map((code) => Math.min(code, 0)), values: c.values.slice(0, 1) });

/** Few enough to be errors: a share, or a case or two among few rows. */
const isFew = (broken: number, rows: number): boolean => broken <= rows * BROKEN_MAX || (broken <= FEW && broken <= rows * BROKEN_FEW_MAX);

/** Whether there is a value at all, depending on the condition: all values that demand one together, all that exclude one together. */
const presenceRules = (sample: Sample, condition: Column, column: Column, table: Contingency): Rule[] => {
  const gaps = sample.rows - column.known;
  if (gaps < CONDITION_ROWS_MIN || column.known < CONDITION_ROWS_MIN) return [];
  const values = conditionValues(condition).map((code) => ({
    code,
    rows: condition.counts[code]!,
    gaps: table.counts[code * table.width]!,
  }));
  const present = values.filter((v) => isFew(v.gaps, v.rows));
  const missing = values.filter((v) => isFew(v.rows - v.gaps, v.rows));
  const isPure = present.length > 0 && missing.length > 0 && present.length + missing.length === values.length;
  return [["present", present] as const, ["missing", missing] as const].flatMap(([what, of]): Rule[] => {
    if (of.length === 0) return [];
    const rows = of.reduce((n, v) => n + v.rows, 0);
    const broken = of.reduce((n, v) => n + (what === "present" ? v.gaps : v.rows - v.gaps), 0);
    const otherwise = (what === "present" ? gaps : column.known) - broken;
    return [
      { condition, codes: of.map((v) => v.code), column, what, value: -1, rows, broken, others: sample.rows - rows, otherwise, isPure },
    ];
  });
};

/** One value under a condition; where all conditions have one, the column depends on the other, which is the business of dependsOn. */
const constantRules = (condition: Column, column: Column, table: Contingency): Rule[] => {
  if (distinctOf(column) < 2 || column.field.field_type === "Fractional") return [];
  const rules = constantsOf(condition, column, table);
  const decided = rules.filter((rule) => isFew(rule.broken, rule.rows)).reduce((n, rule) => n + rule.rows, 0);
  return decided >= condition.known * DETERMINED_MIN ? [] : rules;
};

const constantsOf = (condition: Column, column: Column, table: Contingency): Rule[] => {
  return conditionValues(condition).flatMap((code): Rule[] => {
    const counts = table.counts.subarray(code * table.width + 1, (code + 1) * table.width);
    let [rows, value, held] = [0, -1, 0];
    counts.forEach((count, at) => {
      rows += count;
      if (count > held) [value, held] = [at, count];
    });
    if (rows < CONDITION_ROWS_MIN || OPEN.test(column.values[value]!)) return [];
    const others = column.known - rows;
    const otherwise = others - (column.counts[value]! - held);
    const isPure = condition.field.field_type !== "Integral" && otherwise >= others * OTHERWISE_STRONG_MIN;
    return [{ condition, codes: [code], column, what: "constant", value, rows, broken: rows - held, others, otherwise, isPure }];
  });
};

/** At which level a rule may be claimed among `tried`; null where it is none. */
const levelOf = ({ rows, broken, others, otherwise, isPure, what }: Rule, tried: number): Level | null => {
  if (others < CONDITION_ROWS_MIN) return null;
  const usual = otherwise / others;
  if (!isFew(broken, rows) || usual < OTHERWISE_MIN || usual * rows < LIFT_MIN * broken) return null;
  if (binomialTail(rows - broken, rows, 1 - usual) * tried > ANYWHERE_MAX) return null;
  return isPure && (what !== "constant" || wilsonUpper(broken, rows) <= BROKEN_CONSTANT_MAX) ? 2 : 4;
};

const literal = (c: Column, code: number): string =>
  c.field.field_type === "String" ? `'${c.values[code]!.replaceAll("'", "''")}'` : c.values[code]!;

const filterOf = ({ condition, codes }: Rule): string => {
  const values = codes.map((code) => literal(condition, code)).toSorted();
  return `${quoted(condition.field.name)} ${values.length === 1 ? `= ${values[0]}` : `IN (${values.join(", ")})`}`;
};

/** A value as it is written in a list. */
const listed = (c: Column, code: number): string | number | boolean => {
  if (c.field.field_type === "Integral" && String(c.numbers[code]) === c.values[code]) return c.numbers[code]!;
  return c.field.field_type === "Boolean" ? c.values[code] === "true" : c.values[code]!;
};

const claimOf = ({ column, what, value }: Rule) => {
  if (what === "present") return { rule_type: "notNull", properties: {} };
  if (what === "missing") return { rule_type: "satisfiesExpression", properties: { expression: `${quoted(column.field.name)} IS NULL` } };
  return { rule_type: "expectedValues", properties: { list: [listed(column, value)] } };
};

const breaks = ({ what, value }: Rule, code: number): boolean => {
  if (what === "present") return code < 0;
  return what === "missing" ? code >= 0 : code >= 0 && code !== value;
};

const IN_WORDS = { present: "has a value", missing: "has no value", constant: "is one and the same value" };

const candidateOf = (rule: Rule, level: Level): Candidate => {
  const { condition, column, rows, broken, others, otherwise } = rule;
  const filter = filterOf(rule);
  const under = new Set(rule.codes);
  return {
    ...claimOf(rule),
    fields: [column.field.name],
    coverage: 1,
    filter,
    level,
    why: `Where ${filter}, ${column.field.name} ${IN_WORDS[rule.what]} on ${outOf(rows - broken, rows)} rows; elsewhere on ${outOf(others - otherwise, others)}`,
    support: rows - broken,
    violates: (sample) => {
      const [conditions, consequences] = [columnNamed(sample, condition.field.name)!.codes, columnNamed(sample, column.field.name)!.codes];
      return (row) => under.has(conditions[row]!) && breaks(rule, consequences[row]!);
    },
    exceptionsMax: BROKEN_FEW_MAX,
  };
};

/** The rules that say most of most rows first. */
const byWorth = (a: Rule, b: Rule): number =>
  b.rows * (b.otherwise / b.others) - a.rows * (a.otherwise / a.others) || a.broken - b.broken || (filterOf(a) < filterOf(b) ? -1 : 1);

const candidates = (sample: Sample): Candidate[] => {
  if (sample.rows < ROWS_MIN) return [];
  const conditions = sample.columns
    .filter(isCondition)
    .toSorted((a, b) => distinctOf(a) - distinctOf(b))
    .slice(0, CONDITIONS_MAX);
  const gaps = new Map(sample.columns.filter((c) => !mayBeConstant(c)).map((c) => [c, gapsOnly(c)]));
  const rules = conditions.flatMap((condition) =>
    sample.columns.flatMap((column) => {
      if (column === condition || !mayFollow(sample, column)) return [];
      const isPossible = mayBeConstant(column);
      const table = contingency(condition, isPossible ? column : gaps.get(column)!);
      return [...presenceRules(sample, condition, column, table), ...(isPossible ? constantRules(condition, column, table) : [])];
    }),
  );
  const found = rules.flatMap((rule) => {
    const level = levelOf(rule, rules.length);
    return level === null ? [] : [{ rule, level }];
  });
  const used = new Map<Column, number>();
  const best = found
    .toSorted((a, b) => a.level - b.level || byWorth(a.rule, b.rule))
    .filter(({ rule }) => {
      used.set(rule.column, (used.get(rule.column) ?? 0) + 1);
      return used.get(rule.column)! <= RULES_PER_COLUMN_MAX;
    });
  return best.slice(0, RULES_MAX).map(({ rule, level }) => candidateOf(rule, level));
};

/** Values beyond which a column without gaps has none that is common enough to be the only one under a condition. */
const CONSEQUENCE_VALUES_MAX = 2000;

const mayBeConstant = (c: Column): boolean =>
  c.values.length <= CONSEQUENCE_VALUES_MAX && c.counts.some((count) => count >= CONDITION_ROWS_MIN);

const mayFollow = (sample: Sample, c: Column): boolean => sample.rows - c.known >= CONDITION_ROWS_MIN || mayBeConstant(c);

export default inference({
  name: "conditional",
  level: 2,
  docs:
    "Under a condition (a column has a certain value) another column always has a value, never has one, or always the same one. At level 2 where every value of the condition decides it, or the value " +
    "hardly occurs elsewhere; at level 4 otherwise.",
  candidates,
});
