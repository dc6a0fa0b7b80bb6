/**
 * A column whose text is made of another's: a code that begins with the state, the year of a date, a name in a longer name.
 *
 * That what is read off two columns agrees on nearly all rows, with many different values, is no chance when it seldom does between a row and
 * another one. Where it does not, one of the two was changed or exchanged; the one is named whose value does not fit its own column, else the derived one.
 */
import { inference, outOf, type Candidate } from "./candidate.ts";
import { elsewhere } from "./elsewhere.ts";
import { columnNamed, distinctOf, type Column, type Sample } from "./sample.ts";
import { wilsonUpper } from "./statistics.ts";
import { isPart, suspicion } from "./suspect.ts";
import { cutsNumber, shown, viewsOf, type View } from "./textViews.ts";

const ROWS_MIN = 15;
const COLUMNS_MAX = 120;
/** Rows on which relations are looked for; what is found is held against all. */
const SEARCH_ROWS_MAX = 600;
/** Values what is read off must take, and share of rows in which it may agree with another row's. */
const DISTINCT_MIN = 5;
const CHANCE_MAX = 0.35;
const PARTS_DISTINCT_MIN = 8;
/** Share of the rows that may disagree: upper end of the 95 % interval; and where one of the two looks wrong on most of them. */
const BROKEN_MAX = 0.02;
const BROKEN_SEEN_MAX = 0.15;
const SEEN_SHARE_MIN = 0.6;
/** Characters parts must have on average where a row breaks them: initials agree often enough by themselves. */
const PARTS_LENGTH_MIN = 2;
/** Chance of finding a relation as good anywhere in the table. */
const ANYWHERE_MAX = 1e-6;
/** Checks per column. */
const SOURCES_MAX = 2;
/** Characters a text found inside another must have on average. */
const INSIDE_LENGTH_MIN = 3;
/** Share of the texts within whose numbers parts of fixed length may end. */
const CUT_MAX = 0.05;

type Link = { a: View; b: View; relation: "equals" | "contains" | "starts" | "ends" };

const holdsBetween = (relation: Link["relation"], a: string, b: string): boolean => {
  if (relation === "equals") return a === b;
  if (relation === "contains") return a.includes(b);
  return relation === "starts" ? a.startsWith(b) : a.endsWith(b);
};

const written = ({ a, b, relation }: Link): string => {
  if (relation === "equals") return `${a.expression} = ${b.expression}`;
  const name = { contains: "CONTAINS", starts: "STARTSWITH", ends: "ENDSWITH" }[relation];
  return `${name}(${a.expression}, ${b.expression})`;
};

type Fit = { rows: number; broken: number[]; byChance: number; distinct: number; length: number };

const fitOf = (sample: Sample, { a, b, relation }: Link): Fit => {
  const [left, right] = [shown(columnNamed(sample, a.column)!, a), shown(columnNamed(sample, b.column)!, b)];
  const fit: Fit = { rows: 0, broken: [], byChance: 0, distinct: 0, length: 0 };
  const values = new Set<string>();
  for (let row = 0; row < sample.rows; row++) {
    const [x, y] = [left(row), right(row)];
    if (x === null || y === null || y === "") continue;
    fit.rows++;
    fit.length += y.length;
    if (holdsBetween(relation, x, y)) values.add(y);
    else fit.broken.push(row);
    const other = right(elsewhere(row, sample.rows));
    if (other !== null && other !== "" && holdsBetween(relation, x, other)) fit.byChance++;
  }
  return { ...fit, distinct: values.size };
};

const searchRows = (sample: Sample): number[] => {
  const step = Math.max(1, sample.rows / SEARCH_ROWS_MAX);
  return Array.from({ length: Math.min(sample.rows, SEARCH_ROWS_MAX) }, (_, i) => Math.floor(i * step));
};

/** A view with what it shows on the rows of the search, as numbers that are equal for equal texts. */
type Shown = { view: View; ids: Int32Array; distinct: number; isCut: boolean };

/** Whether what a view keeps ends within a number on more than a few rows. */
const endsInNumber = (c: Column, view: View, rows: readonly number[]): boolean => {
  if (view.keeps === undefined) return false;
  const codes = rows.map((row) => c.codes[row]!).filter((code) => code >= 0);
  return codes.filter((code) => cutsNumber(view, c.values[code]!)).length > codes.length * CUT_MAX;
};

const allShown = (columns: readonly Column[], rows: readonly number[]): Shown[] => {
  const index = new Map<string, number>();
  const idOf = (text: string | null) => {
    if (text === null || text === "") return -1;
    const known = index.get(text);
    if (known !== undefined) return known;
    index.set(text, index.size);
    return index.size - 1;
  };
  return columns.flatMap((c) => {
    const seen = new Set<string>();
    return viewsOf(c).flatMap((view) => {
      const at = shown(c, view);
      const ids = Int32Array.from(rows, (row) => idOf(at(row)));
      const key = `${view.kind} ${ids.join()}`;
      const distinct = new Set(ids).size;
      if (distinct < DISTINCT_MIN || seen.has(key)) return [];
      seen.add(key);
      return [{ view, ids, distinct, isCut: endsInNumber(c, view, rows) }];
    });
  });
};

/** Whether two views agree on most rows of the search; most pairs are rejected after a handful. */
const agree = (a: Int32Array, b: Int32Array): boolean => {
  let [seen, broken] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < 0 || b[i]! < 0) continue;
    seen++;
    if (a[i] !== b[i] && ++broken > 3 + seen * BROKEN_SEEN_MAX) return false;
  }
  return seen >= ROWS_MIN && broken <= seen * BROKEN_SEEN_MAX;
};

/**
 * Parts on both sides say less than a whole value does: they must be parts of text, and have many values. Where both end within a number they say
 * nothing: running numbers side by side (`K1041` and `K1043`) have the same first digits until one of them carries.
 */
const isTelling = (a: Shown, b: Shown): boolean =>
  a.view.steps === 0 || b.view.steps === 0 || (a.view.isText && b.view.isText && a.distinct >= PARTS_DISTINCT_MIN && !(a.isCut && b.isCut));

const equalLinks = (all: readonly Shown[]): Link[] => {
  const found: Link[] = [];
  const same = new Set<string>();
  all.forEach((a, i) => {
    for (let j = i + 1; j < all.length; j++) {
      const b = all[j]!;
      if (a.view.column === b.view.column || a.view.kind !== b.view.kind || !isTelling(a, b) || !agree(a.ids, b.ids)) continue;
      if (a.view.steps + b.view.steps === 0) same.add(JSON.stringify([a.view.column, b.view.column]));
      else found.push({ a: a.view, b: b.view, relation: "equals" });
    }
  });
  return found.filter(({ a, b }) => !same.has(JSON.stringify([a.column, b.column])));
};

/** Whole texts inside other whole texts. */
const insideLinks = (sample: Sample, columns: readonly Column[], rows: readonly number[]): Link[] => {
  const whole = columns.flatMap((c) => viewsOf(c).filter((v) => v.kind === "text" && v.steps === 0));
  const seen = whole.map((view) => {
    const at = shown(columnNamed(sample, view.column)!, view);
    return { view, texts: rows.map(at) };
  });
  return seen.flatMap((a) =>
    seen.flatMap((b): Link[] => {
      if (a === b || !isInside(a.texts, b.texts)) return [];
      const relation = isInside(a.texts, b.texts, "starts") ? "starts" : isInside(a.texts, b.texts, "ends") ? "ends" : "contains";
      return [{ a: a.view, b: b.view, relation }];
    }),
  );
};

const isInside = (a: readonly (string | null)[], b: readonly (string | null)[], relation: Link["relation"] = "contains"): boolean => {
  let [seen, broken, length, same] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? null, b[i] ?? null];
    if (x === null || y === null || y === "") continue;
    seen++;
    length += y.length;
    if (x === y) same++;
    if (!holdsBetween(relation, x, y) && ++broken > 3 + seen * BROKEN_SEEN_MAX) return false;
  }
  return seen >= ROWS_MIN && broken <= seen * BROKEN_SEEN_MAX && length >= seen * INSIDE_LENGTH_MIN && same < seen / 2;
};

type Found = { link: Link; fit: Fit; named: readonly string[] };

/** The column whose cells look wrong; both where neither does more than the other; the derived one where nothing is broken. */
const namedBy = ({ a, b }: Link, votes: readonly number[], broken: number): string[] => {
  if (votes[0]! > votes[1]! || broken === 0) return [a.column];
  return votes[1]! > votes[0]! ? [b.column] : [a.column, b.column];
};

/**
 * Whether a link is one, given how many were tried; and which of its columns what breaks it speaks against. The day of an instant depends on the
 * time zone, so that around midnight it may differ from a column of days without any error.
 */
const judged = (sample: Sample, link: Link, tried: number): Found | null => {
  const fit = fitOf(sample, link);
  const { rows, broken, byChance, distinct } = fit;
  if (rows < ROWS_MIN || distinct < DISTINCT_MIN || byChance > rows * CHANCE_MAX) return null;
  const chance = Math.max(byChance / rows, 1 / rows);
  if (Math.log(tried) + (rows - 2 * broken.length) * Math.log(chance) > Math.log(ANYWHERE_MAX)) return null;
  const isFew = broken.length === 0 || wilsonUpper(broken.length, rows) <= BROKEN_MAX;
  const columns = [link.a.column, link.b.column].map((name) => columnNamed(sample, name)!);
  const { votes, seen } = suspicion(columns, broken);
  const isSeen = broken.length <= rows * BROKEN_SEEN_MAX && (isPart(sample) || seen >= broken.length * SEEN_SHARE_MIN);
  if (!isFew && !isSeen) return null;
  if (broken.length > 0 && columns.some((c) => c.field.field_type === "Timestamp")) return null;
  if (broken.length > 0 && link.a.steps > 0 && link.b.steps > 0 && fit.length < rows * PARTS_LENGTH_MIN) return null;
  return { link, fit, named: namedBy(link, votes, broken.length) };
};

const candidateOf = ({ link, fit, named }: Found): Candidate => {
  const { a, b, relation } = link;
  const held = fit.rows - fit.broken.length;
  return {
    rule_type: "satisfiesExpression",
    fields: [...named],
    properties: { expression: written(link) },
    coverage: 1,
    key: JSON.stringify(["derived", ...[a.column, b.column].toSorted()]),
    why: `${written(link)} on ${outOf(held, fit.rows)} rows, with ${fit.distinct} different values; with the ${b.column} of another row it would on ${fit.byChance}`,
    support: held,
    violates: (other) => {
      const [left, right] = [shown(columnNamed(other, a.column)!, a), shown(columnNamed(other, b.column)!, b)];
      return (row) => {
        const [x, y] = [left(row), right(row)];
        return x !== null && y !== null && y !== "" && !holdsBetween(relation, x, y);
      };
    },
    exceptionsMax: BROKEN_SEEN_MAX * 2,
  };
};

/** What tells most first: fewest exceptions, most values, simplest to read. */
const byWorth = (x: Found, y: Found): number =>
  x.fit.broken.length - y.fit.broken.length ||
  y.fit.distinct - x.fit.distinct ||
  x.link.a.steps + x.link.b.steps - y.link.a.steps - y.link.b.steps ||
  (written(x.link) < written(y.link) ? -1 : 1);

/** The best link of each pair of columns, and of those a few per column. */
const chosen = (found: readonly Found[]): Found[] => {
  const pairs = new Map<string, Found>();
  for (const each of found.toSorted(byWorth)) {
    const key = JSON.stringify([each.link.a.column, each.link.b.column].toSorted());
    if (!pairs.has(key)) pairs.set(key, each);
  }
  const used = new Map<string, number>();
  return [...pairs.values()].filter(({ named }) => {
    const name = named[0]!;
    used.set(name, (used.get(name) ?? 0) + 1);
    return used.get(name)! <= SOURCES_MAX;
  });
};

const candidates = (sample: Sample): Candidate[] => {
  const columns = sample.columns.filter((c) => c.known >= ROWS_MIN && distinctOf(c) >= DISTINCT_MIN).slice(0, COLUMNS_MAX);
  const rows = searchRows(sample);
  const all = allShown(columns, rows);
  const links = [...equalLinks(all), ...insideLinks(sample, columns, rows)];
  const tried = (all.length * all.length) / 2 + columns.length * columns.length;
  return chosen(links.flatMap((link) => judged(sample, link, tried) ?? [])).map(candidateOf);
};

export default inference({
  name: "derivedFrom",
  level: 2,
  docs: "Columns of which parts agree: the same text in both, one inside the other, the beginning of one before a sign is the other, the year of a date. The few rows in which they do not are named.",
  candidates,
});
