/**
 * What holds under a condition and not without it: shipped_at has a value where status is 'shipped' and none where it is 'open';
 * currency is 'USD' where country is 'US' (conditional functional dependencies: Bohannon et al. 2007, Fan et al. 2008).
 *
 * Hundreds of columns have a hundred thousand pairs of a value and a column, some of which look like rules by chance. A rule must
 * be so improbable without the condition (binomial tail with the rate of the other rows) that all pairs looked at together would give such a one once
 * in a million tables, and it must not hold without the condition.
 */
import { inference, outOf, type Candidate } from "./candidate.ts";
import { distinctOf } from "./dependencyDiscovery.ts";
import type { Level } from "./level.ts";
import { quoted } from "./numbers.ts";
import { byFrequency, columnNamed, type Column, type Sample } from "./sample.ts";
import { binomialTail, wilsonUpper } from "./statistics.ts";

/** Values a column of conditions may have, and rows each must have. */
const CONDITION_VALUES_MAX = 25;
const CONDITION_ROWS_MIN = 30;
const ROWS_MIN = 60;
const CONDITIONS_MAX = 60;
/** Share of rows under the condition that may break it (upper end of the 95 % interval): for the default level, and for a higher one. */
const BROKEN_STRONG_MAX = 0.01;
const BROKEN_MAX = 0.03;
/** Share of the other rows that must be otherwise, and how many times more than under the condition. */
const OTHERWISE_MIN = 0.2;
const LIFT_MIN = 20;
/** Chance of finding such a rule anywhere in the table. */
const ANYWHERE_MAX = 1e-6;
/** Checks per column and in all. */
const RULES_PER_COLUMN_MAX = 2;
const RULES_MAX = 60;
/** Values the column must take without the condition for one value under it to mean something. */
const CONSEQUENCE_VALUES_MIN = 2;

const literal = (c: Column, code: number): string => {
  const type = c.field.field_type;
  if (type === "Integral" || type === "Boolean") return c.values[code]!;
  return `'${c.values[code]!.replaceAll("'", "''")}'`;
};

/** A column whose values may be conditions. */
const isCondition = (c: Column): boolean => {
  const type = c.field.field_type;
  return (type === "String" || type === "Boolean" || type === "Integral") && c.known >= ROWS_MIN && distinctOf(c) >= 2 && distinctOf(c) <= CONDITION_VALUES_MAX;
};

const conditionValues = (c: Column) => byFrequency(c).filter((code) => c.counts[code]! >= CONDITION_ROWS_MIN);

/** What a row of the consequence may be: NULL, not NULL, or one value. */
type Consequence = { what: "missing" | "present" | "constant"; code: number };

type Rule = {
  condition: Column;
  code: number;
  column: Column;
  consequence: Consequence;
  rows: number;
  broken: number;
  /** Rows outside the condition, and those of them that would break it. */
  others: number;
  otherwise: number;
};

/** How often each code of a column (-1: NULL) occurs with each code of the condition. */
const contingency = (condition: Column, column: Column): Map<number, Map<number, number>> => {
  const table = new Map<number, Map<number, number>>();
  condition.codes.forEach((code, row) => {
    if (code < 0) return;
    const counts = table.get(code) ?? new Map<number, number>();
    table.set(code, counts);
    counts.set(column.codes[row]!, (counts.get(column.codes[row]!) ?? 0) + 1);
  });
  return table;
};

const rulesOf = (sample: Sample, condition: Column, column: Column): Rule[] => {
  const gaps = sample.rows - column.known;
  const mayBePresence = gaps >= CONDITION_ROWS_MIN && column.known >= CONDITION_ROWS_MIN;
  const mayBeConstant = distinctOf(column) >= CONSEQUENCE_VALUES_MIN && column.field.field_type !== "Fractional";
  if (!mayBePresence && !mayBeConstant) return [];
  const table = contingency(condition, column);
  return conditionValues(condition).flatMap((code): Rule[] => {
    const counts = table.get(code)!;
    const rows = condition.counts[code]!;
    const missing = counts.get(-1) ?? 0;
    const rule = { condition, code, column };
    const others = sample.rows - rows;
    const rules: Rule[] = [];
    if (mayBePresence) {
      const isPresent = missing <= rows / 2;
      const consequence: Consequence = { what: isPresent ? "present" : "missing", code: -1 };
      const broken = isPresent ? missing : rows - missing;
      rules.push({ ...rule, consequence, rows, broken, others, otherwise: (isPresent ? gaps : column.known) - broken });
    }
    const [top, count] = [...counts].filter(([value]) => value >= 0).reduce((a, b) => (b[1] > a[1] ? b : a), [-1, 0]);
    const known = rows - missing;
    if (mayBeConstant && top >= 0 && known >= CONDITION_ROWS_MIN) {
      const broken = known - count;
      const othersKnown = column.known - known;
      rules.push({
        ...rule,
        consequence: { what: "constant", code: top },
        rows: known,
        broken,
        others: othersKnown,
        otherwise: othersKnown - (column.counts[top]! - count),
      });
    }
    return rules;
  });
};

/** At which level a rule may be claimed among `tried`; null where it is none. */
const levelOf = ({ rows, broken, others, otherwise }: Rule, tried: number): Level | null => {
  if (others < CONDITION_ROWS_MIN) return null;
  const usual = otherwise / others;
  const upper = wilsonUpper(broken, rows);
  if (upper > BROKEN_MAX || usual < OTHERWISE_MIN || usual * rows < LIFT_MIN * broken) return null;
  const chance = binomialTail(rows - broken, rows, 1 - usual);
  if (chance * tried > ANYWHERE_MAX) return null;
  return upper <= BROKEN_STRONG_MAX ? 2 : 4;
};

const claimed = ({ column, consequence: { what, code } }: Rule) => {
  const name = quoted(column.field.name);
  if (what === "present") return { rule_type: "notNull", properties: {} };
  if (what === "missing") return { rule_type: "satisfiesExpression", properties: { expression: `${name} IS NULL` } };
  const isWritten = column.field.field_type === "String" || column.field.field_type === "Integral";
  const value = isWritten && column.field.field_type === "Integral" ? Number(column.values[code]) : column.values[code]!;
  return { rule_type: "expectedValues", properties: { list: [column.field.field_type === "Boolean" ? column.values[code] === "true" : value] } };
};

const breaks = (consequence: Consequence, code: number): boolean => {
  if (consequence.what === "present") return code < 0;
  return consequence.what === "missing" ? code >= 0 : code >= 0 && code !== consequence.code;
};

const inWords = { present: "has a value", missing: "has none", constant: "is one and the same" };

const candidateOf = (rule: Rule, level: Level): Candidate => {
  const { condition, code, column, consequence, rows, broken, others, otherwise } = rule;
  const filter = `${quoted(condition.field.name)} = ${literal(condition, code)}`;
  return {
    ...claimed(rule),
    fields: [column.field.name],
    coverage: consequence.what === "missing" ? 1 : 1,
    filter,
    level,
    why: `Where ${filter}, ${column.field.name} ${inWords[consequence.what]} on ${outOf(rows - broken, rows)} rows; elsewhere on ${outOf(others - otherwise, others)}`,
    support: rows - broken,
    violates: (sample, row) =>
      columnNamed(sample, condition.field.name)!.codes[row] === code && breaks(consequence, columnNamed(sample, column.field.name)!.codes[row]!),
    exceptionsMax: BROKEN_MAX,
  };
};

/** Whether the column's other values say nothing about it: then the condition names what the column is about. */
const byWorth = (a: { rule: Rule }, b: { rule: Rule }): number =>
  b.rule.rows * (b.rule.otherwise / b.rule.others) - a.rule.rows * (a.rule.otherwise / a.rule.others) || a.rule.broken - b.rule.broken;

const candidates = (sample: Sample): Candidate[] => {
  if (sample.rows < ROWS_MIN) return [];
  const conditions = sample.columns.filter(isCondition).toSorted((a, b) => distinctOf(a) - distinctOf(b)).slice(0, CONDITIONS_MAX);
  const rules = conditions.flatMap((condition) => sample.columns.flatMap((column) => (column === condition ? [] : rulesOf(sample, condition, column))));
  const strong = rules.flatMap((rule) => {
    const level = levelOf(rule, rules.length);
    return level === null ? [] : [{ rule, level }];
  });
  const perColumn = new Map<Column, number>();
  const best = strong.toSorted((a, b) => a.level - b.level || byWorth(a, b)).filter(({ rule }) => {
    const used = perColumn.get(rule.column) ?? 0;
    perColumn.set(rule.column, used + 1);
    return used < RULES_PER_COLUMN_MAX;
  });
  return best.slice(0, RULES_MAX).map(({ rule, level }) => candidateOf(rule, level));
};

export default inference({
  name: "conditional",
  level: 2,
  docs:
    "Under a condition (a column has a certain value) another column always has a value, never has one, or always the same one, and not without it. At level 2 where at most one row in a hundred breaks " +
    "it at the upper end of the interval; at level 4 up to three.",
  candidates,
});
