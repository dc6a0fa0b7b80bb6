/**
 * References between containers: a field whose values are those of a key of another container, but for a few orphans.
 *
 * Names propose (`customer_id` and `customer_id`, or the `id` of `customers`), values decide. That small numbers are found in a list of
 * small numbers is a coincidence: the values of a reference are spread over the keys like a draw from them (Zhang et al. 2010, VLDB
 * 3:805). And where keys are merely missing from the other container, they recur as often as the others do; an orphan that is a slip stands on
 * a row or two.
 */
import type { Field } from "@touchstone/core/model/field";
import { inference, wrongValue, type Candidate, type Inference } from "./candidate.ts";
import type { Level } from "./level.ts";
import { distinctOf, type Column, type Sample } from "./sample.ts";
import { countBelow, wilsonUpper } from "./statistics.ts";

/** A key that a field may refer to, with its values. */
export type Reference = { field: string; container: string; key: string; keys: ReadonlySet<string> };

const ROWS_MIN = 30;
/** Keys that must be referred to: texts are found by chance less easily than numbers are. */
const DISTINCT_MIN = { String: 3, Integral: 10 };
/** Share of its rows that differ from which a field is a key itself: two lists of the same things are not always complete. */
const KEY_MIN = 0.95;
/** Share of the keys over which numbers must reach. */
const REACH_MIN = 0.5;
/** Share of the rows that may be orphans: where each stands nearly alone; the upper end of the 95 % interval where this cannot be told; and at a higher level. */
const ORPHANS_ALONE_MAX = 0.07;
const ORPHANS_MAX = 0.01;
const ORPHANS_WEAK_MAX = 0.005;
/** Rows of one orphan from which it stands for something: a code for "none", a key that is gone. */
const ALIKE_MAX = 5;
/** How many times more rows a key must have than an orphan for the orphans to stand alone. */
const ALONE_TIMES = 2;

/** What keys are called where the container says of what. */
const GENERIC = new Set(["id", "key", "code", "no", "nr", "num", "number", "uuid", "guid", "pk", "sk", "name"]);
/** Words by which a number is known for an identifier. */
const IDENTIFIES = new Set(["id", "key", "code", "no", "nr", "num", "number", "sku", "zip", "fk"]);

/** Words of a name: `customerId`, `customer_id` and `CUSTOMER ID` are the same. */
const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => /[a-z]/.test(word));

/** Whether a word is what a container holds many of. */
const isOneOf = (word: string | undefined, table: string): boolean =>
  word !== undefined && word !== "" && [word, `${word}s`, `${word}es`, word.replace(/y$/, "ies")].includes(table);

/** Whether a name points at a key: `customer_id`, `billing_customer_id` or `customer` at `customers.customer_id` and `customers.id`. */
export const pointsAt = (name: string, container: string, key: string): boolean => {
  const [from, to, table] = [wordsOf(name), wordsOf(key), wordsOf(container).at(-1) ?? ""];
  const [first = "", second = ""] = to;
  const isOwner = isOneOf(from.at(-1), table);
  if (to.length === 1 && GENERIC.has(first)) {
    const joined = from.at(-1)?.endsWith(first) ? from.at(-1)!.slice(0, -first.length) : undefined;
    return isOwner || (from.at(-1) === first ? isOneOf(from.at(-2), table) : isOneOf(joined, table));
  }
  const isKeyOf = to.length === 2 && isOneOf(first, table) && GENERIC.has(second);
  return to.length > 0 && (from.slice(-to.length).join(" ") === to.join(" ") || (isOwner && isKeyOf));
};

/** Letters of a word that ends in "id" without being one itself (`paid`). */
const JOINED_MIN = 5;

/** Numbers are counted and measured more often than they refer: their name, or that of the container, must say so. */
const mayRefer = (type: string, name: string, container: string): boolean =>
  type === "String" ||
  wordsOf(name).some((word) => IDENTIFIES.has(word) || (word.length >= JOINED_MIN && word.endsWith("id"))) ||
  isOneOf(wordsOf(name).at(-1), wordsOf(container).at(-1) ?? "");

/** Share of the rows of a column that differ: of the whole container where that is known. */
const differingShare = (c: Column): number => {
  const distinct = c.profile?.distinct_count ?? null;
  return c.profile === null || distinct === null
    ? distinctOf(c) / c.known
    : distinct / Math.max(1, c.profile.records - c.profile.null_count);
};

/** Whether a field may refer to a key, as far as one can tell without reading that. */
export const isCandidate = (c: Column, container: string, key: Pick<Field, "name" | "field_type" | "masked">): boolean => {
  const { name, field_type } = c.field;
  if (field_type !== key.field_type || key.masked || (field_type !== "String" && field_type !== "Integral")) return false;
  if (!mayRefer(field_type, name, container) || !pointsAt(name, container, key.name)) return false;
  return c.known >= ROWS_MIN && distinctOf(c) >= DISTINCT_MIN[field_type] && differingShare(c) <= KEY_MIN;
};

type Fit = { rows: number; found: number; foundRows: number; orphans: number; orphanRows: number; mostAlike: number };

const fitOf = (c: Column, keys: ReadonlySet<string>): Fit => {
  const fit: Fit = { rows: c.known, found: 0, foundRows: 0, orphans: 0, orphanRows: 0, mostAlike: 0 };
  for (const [code, text] of c.values.entries()) {
    const rows = c.counts[code]!;
    if (rows === 0) continue;
    if (keys.has(text)) {
      fit.found++;
      fit.foundRows += rows;
    } else {
      fit.orphans++;
      fit.orphanRows += rows;
      fit.mostAlike = Math.max(fit.mostAlike, rows);
    }
  }
  return fit;
};

/** Whether the numbers that are found reach over most of the keys, and are not merely small. */
const reaches = (c: Column, keys: ReadonlySet<string>): boolean => {
  if (c.field.field_type === "String") return true;
  const sorted = Float64Array.from(keys, Number).sort();
  let [least, most] = [Infinity, -Infinity];
  for (const [code, text] of c.values.entries())
    if (c.counts[code]! > 0 && keys.has(text)) [least, most] = [Math.min(least, c.numbers[code]!), Math.max(most, c.numbers[code]!)];
  return countBelow(sorted, most) - countBelow(sorted, least) >= sorted.length * REACH_MIN;
};

/** Whether the orphans are slips: each on fewer rows than a key. */
const areAlone = ({ rows, found, foundRows, orphans, orphanRows }: Fit): boolean =>
  orphanRows <= rows * ORPHANS_ALONE_MAX && foundRows * orphans >= ALONE_TIMES * orphanRows * found;

const levelOf = (c: Column, keys: ReadonlySet<string>, fit: Fit): Level | null => {
  const least = c.field.field_type === "String" ? DISTINCT_MIN.String : DISTINCT_MIN.Integral;
  if (fit.found < least || !reaches(c, keys)) return null;
  if (fit.orphanRows === 0) return 2;
  if (fit.mostAlike <= ALIKE_MAX && (areAlone(fit) || wilsonUpper(fit.orphanRows, fit.rows) <= ORPHANS_MAX)) return 2;
  return fit.orphanRows <= fit.rows * ORPHANS_WEAK_MAX ? 4 : null;
};

const orphansInWords = ({ found, foundRows, orphans, orphanRows }: Fit): string =>
  orphans === 0
    ? ""
    : `; the other ${orphanRows} hold ${orphans} ${orphans === 1 ? "value" : "values"} that are none, ${(orphanRows / orphans).toFixed(1)} rows each where a key has ${(foundRows / found).toFixed(1)}`;

type Claim = { reference: Reference; fit: Fit; level: Level };

const candidateOf = (c: Column, { reference: { container, key, keys }, fit, level }: Claim): Candidate => ({
  rule_type: "existsIn",
  fields: [c.field.name],
  properties: { ref_container_name: container, field_name: key },
  coverage: 1,
  key: JSON.stringify(["existsIn", c.field.name, container, key]),
  level,
  why: `${fit.foundRows} of ${fit.rows} values of ${c.field.name} are among the ${keys.size} keys ${container}.${key}${orphansInWords(fit)}`,
  support: fit.foundRows,
  violates: wrongValue(c, (code) => !keys.has(c.values[code]!)),
  exceptionsMax: ORPHANS_ALONE_MAX * 1.5,
});

/** The key that fits best; of equal ones that of most keys, which has no gaps where another has. */
const byFit = (a: Claim, b: Claim): number =>
  a.level - b.level || a.fit.orphanRows - b.fit.orphanRows || b.reference.keys.size - a.reference.keys.size;

const claimed = (sample: Sample, references: readonly Reference[]): Candidate[] =>
  sample.columns.flatMap((c) => {
    const claims = references.flatMap((reference): Claim[] => {
      if (reference.field !== c.field.name) return [];
      const fit = fitOf(c, reference.keys);
      const level = levelOf(c, reference.keys, fit);
      return level === null ? [] : [{ reference, fit, level }];
    });
    const [best] = claims.toSorted(byFit);
    return best === undefined ? [] : [candidateOf(c, best)];
  });

/** The kind, for the keys that were read. */
export const existsIn = (references: readonly Reference[]): Inference =>
  inference({
    name: "existsIn",
    level: 2,
    docs:
      "Fields that refer to a key of another container of the datastore: the names say so, nearly all values are among its keys, and (numbers) reach over most of them. Named are orphans that stand " +
      "on a row or two each; keys missing from the other container would recur like the others.",
    candidates: (sample) => claimed(sample, references),
  });
