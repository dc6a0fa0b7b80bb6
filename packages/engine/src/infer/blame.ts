/**
 * Which column is at fault where relations between columns are broken: one that other relations vouch for in that row is not, one that stands in
 * several broken relations is (the vote of a row among the rules it breaks; Lee, Bohannon et al. call it holistic repair).
 */
import type { Column } from "./sample.ts";
import { oddities } from "./suspect.ts";

/** Columns that a relation holds together, and the rows in which it does not. */
export type Broken = { columns: readonly Column[]; rows: readonly number[] };

/** Share of the broken rows that must speak against a column, and of the votes of the most blamed one, for it to be named. */
const BLAMED_MIN = 0.3;
const BLAMED_AS_MUCH = 0.67;

/** Votes of the broken rows of one relation against each of its columns. */
const votesOn = (relation: Broken, all: readonly Broken[]): number[] => {
  const others = all.filter((r) => r !== relation).map((r) => ({ columns: r.columns, rows: new Set(r.rows) }));
  const odd = relation.columns.map((c) => oddities(c, relation.rows));
  const votes = relation.columns.map(() => 0);
  for (const row of relation.rows) {
    const charges = relation.columns.map((c, at) => {
      const of = others.filter(({ columns }) => columns.includes(c));
      const broken = of.filter(({ rows }) => rows.has(row)).length;
      return broken - (of.length - broken) + (odd[at]!(row) ? 1 : 0);
    });
    const most = Math.max(...charges);
    const blamed = charges.flatMap((charge, at) => (charge === most ? [at] : []));
    if (blamed.length < charges.length) for (const at of blamed) votes[at]! += 1 / blamed.length;
  }
  return votes;
};

/** The columns to name for each relation: none where the rows do not tell. */
export const blamed = (all: readonly Broken[]): Column[][] =>
  all.map((relation) => {
    const votes = votesOn(relation, all);
    const most = Math.max(...votes);
    if (relation.rows.length === 0 || most < relation.rows.length * BLAMED_MIN) return [];
    return relation.columns.filter((_, at) => votes[at]! >= most * BLAMED_AS_MUCH);
  });
