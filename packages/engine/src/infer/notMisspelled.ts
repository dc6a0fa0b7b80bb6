import { inference, type Candidate } from "./candidate.ts";
import { byFrequency, type Column, type Sample } from "./sample.ts";
import { edits, editsMax, nearByChance, SPELLING_LENGTH_MAX } from "./spelling.ts";
import { discoveryThreshold } from "./statistics.ts";

/** Share of the misspellings named that may be false: the budget of the kind. */
export const FALSE_DISCOVERIES_MAX = 0.05;
/** A spelling must be this frequent, and this many times more frequent than the rare one, to be what was meant. */
export const FREQUENT_ROWS_MIN = 4;
const FREQUENT_TIMES = 5;
/** The same slip is seldom made twice: a spelling on more rows than this is meant. */
const RARE_ROWS_MAX = 3;
const RARE_SHARE_MAX = 0.01;
/** Frequent spellings a rare one is compared with: the most frequent, so that work is bounded. */
const FREQUENT_MAX = 400;
const RARE_MAX = 3000;

export type Counted = { text: string; count: number };
export type Misspelling = { wrong: string; right: string; chance: number };

/** The frequent neighbour of a rare text with the fewest edits, the more frequent first; null when there is none. */
const nearest = (rare: Counted, frequent: readonly Counted[]) => {
  let best: { right: Counted; distance: number; chance: number } | null = null;
  for (const candidate of frequent) {
    if (candidate.count < rare.count * FREQUENT_TIMES) break;
    const most = Math.min(editsMax(Math.min(candidate.text.length, rare.text.length)), best ? best.distance - 1 : 9);
    if (most < 1) break;
    const e = edits(rare.text, candidate.text, most);
    if (e === null || e.digits || onlyInflected(rare.text, candidate.text)) continue;
    best = { right: candidate, distance: e.distance, chance: nearByChance(rare.text, candidate.text, e) };
  }
  return best;
};

/** A plural is another word, not a slip. */
const onlyInflected = (a: string, b: string) => `${a}s` === b || `${b}s` === a || `${a}es` === b || `${b}es` === a;

/** Whether neither is so much rarer that it may be a slip of the other. */
const comparable = (a: Counted, b: Counted) => a.count < b.count * FREQUENT_TIMES && b.count < a.count * FREQUENT_TIMES;

/** Share of the frequent texts with a comparably frequent neighbour: how often nearness (in letters) means nothing here. */
const neighbourRate = (frequent: readonly Counted[]) => {
  const near = frequent.filter((a) =>
    frequent.some((b) => {
      if (a === b || !comparable(a, b)) return false;
      const e = edits(a.text, b.text, editsMax(Math.min(a.text.length, b.text.length)));
      return e !== null && !e.digits;
    }),
  );
  return frequent.length === 0 ? 1 : near.length / frequent.length;
};

/**
 * Rare texts that are misspellings of frequent ones. A rare text near a frequent one is suspicious only as far as that would
 * not happen by chance: its p-value is the chance that an unrelated text lies so near to one of the frequent ones, or the
 * share of frequent texts that are near to each other, whichever is larger; of all rare texts those are named for which the
 * expected share of false namings stays below the budget.
 */
export const misspellings = (counted: readonly Counted[], budget = FALSE_DISCOVERIES_MAX): Misspelling[] => {
  const ordered = counted.toSorted((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));
  const frequent = ordered.filter((v) => v.count >= FREQUENT_ROWS_MIN && v.text.length <= SPELLING_LENGTH_MAX).slice(0, FREQUENT_MAX);
  if (frequent.length === 0) return [];
  const rows = counted.reduce((n, v) => n + v.count, 0);
  const rare = ordered.filter(
    (v) => v.count * FREQUENT_TIMES <= frequent[0]!.count && v.count <= Math.max(RARE_ROWS_MAX, rows * RARE_SHARE_MAX) && v.text.length > 0,
  );
  if (rare.length === 0 || rare.length > RARE_MAX) return [];
  const rate = neighbourRate(frequent);
  const found: Misspelling[] = [];
  for (const candidate of rare) {
    const near = nearest(candidate, frequent);
    if (near === null) continue;
    const rivals = frequent.filter((f) => Math.abs(f.text.length - candidate.text.length) <= near.distance).length;
    found.push({ wrong: candidate.text, right: near.right.text, chance: Math.min(1, Math.max(rate, near.chance * rivals)) });
  }
  const threshold = discoveryThreshold(
    found.map((f) => f.chance),
    rare.length,
    budget,
  );
  return withoutSystematic(found.filter((f) => f.chance <= threshold));
};

/** A letter replaced by the same other letter at the same place in this many different texts is a code, not a slip. */
const SYSTEMATIC_MIN = 3;

const replacement = ({ wrong, right }: Misspelling): string | null => {
  if (wrong.length !== right.length) return null;
  const places = [...wrong].flatMap((character, at) => (character === right[at] ? [] : [`${at}${right[at]}${character}`]));
  return places.join();
};

const withoutSystematic = (found: readonly Misspelling[]): Misspelling[] => {
  const times = new Map<string | null, number>();
  for (const f of found) times.set(replacement(f), (times.get(replacement(f)) ?? 0) + 1);
  return found.filter((f) => replacement(f) === null || times.get(replacement(f))! < SYSTEMATIC_MIN);
};

const spelled = (c: Column): Candidate[] => {
  if (c.field.field_type !== "String") return [];
  const counted = byFrequency(c).map((code) => ({ text: c.values[code]!, count: c.counts[code]! }));
  const found = misspellings(counted);
  if (found.length === 0) return [];
  const wrong = new Set(found.map((f) => f.wrong));
  const codes = new Set(c.values.flatMap((text, code) => (wrong.has(text) ? [code] : [])));
  return [candidateOf(c, found, codes)];
};

const candidateOf = (c: Column, found: readonly Misspelling[], codes: ReadonlySet<number>): Candidate => ({
  rule_type: "notMisspelled",
  fields: [c.field.name],
  properties: { corrections: Object.fromEntries(found.map((f) => [f.wrong, f.right])) },
  coverage: 1,
  why: `${found.length} rare spelling${found.length === 1 ? " is" : "s are"} one to three letters away from a frequent value of ${c.field.name}`,
  support: c.known,
  violates: (sample, row) => codes.has(sample.columns.find((other) => other.field.name === c.field.name)!.codes[row]!),
  exceptionsMax: 0.35,
});

export default inference({
  name: "notMisspelled",
  level: 2,
  docs:
    "Rare spellings one to three letters away from a frequent value. How often that happens by chance is estimated from the length of the " +
    "texts and from how near the frequent values are to each other; at most one in twenty namings is expected to be false. " +
    "Edits between digits do not count, nor does a plural.",
  candidates: (sample: Sample) => sample.columns.flatMap(spelled),
});
