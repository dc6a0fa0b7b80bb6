/**
 * Rare texts that are misspellings of frequent ones, with a budget for being wrong.
 *
 * A rare text near a frequent one is suspicious only as far as that would not happen by chance: its p-value is the chance that
 * an unrelated text lies so near to one of the frequent ones, or the share of frequent texts that are near to each other
 * (grades, zones, inflected words), whichever is larger. Of all rare texts those are named for which the expected share of
 * false namings stays below the budget.
 */
import { edits, editsMax, nearByChance, SPELLING_LENGTH_MAX } from "./spelling.ts";
import { binomialTail, discoveryThreshold } from "./statistics.ts";

/** A spelling must be this frequent, and this many times more frequent than the rare one, to be what was meant. */
const FREQUENT_ROWS_MIN = 4;
const FREQUENT_TIMES = 5;
/** The same slip is seldom made twice: a spelling on more rows than this (in long tables than the most) is meant, unless it is one slip of many. */
const RARE_ROWS_MAX = 3;
const RARE_SHARE_MAX = 0.01;
const RARE_ROWS_MOST = 20;
const SLIPS_SHARE_MAX = 0.34;
/** Texts compared: work is bounded by their product. */
const FREQUENT_MAX = 1500;
const RARE_MAX = 20_000;
/** When nearly all rare texts are near, they are so together: chance of that many, and texts needed. */
const TOGETHER_CHANCE_MAX = 0.002;
const TOGETHER_MIN = 3;
/** A letter replaced by the same other letter at the same place in this many different texts is a code, not a slip. */
const SYSTEMATIC_MIN = 3;

export type Counted = { text: string; count: number };
/** With what lets most comparisons be skipped: the letters it has, as bits, and its normal form. */
type Known = Counted & { letters: number; normal: string };
export type Misspelling = { wrong: string; right: string; count: number; chance: number };

/** A plural is another word, not a slip. */
const onlyInflected = (a: string, b: string) => `${a}s` === b || `${b}s` === a || `${a}es` === b || `${b}es` === a;

/** Upper or lower case, white space and signs aside: what two ways of writing one value have in common. */
const normalOf = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

const known = (v: Counted): Known => {
  let letters = 0;
  for (let i = 0; i < v.text.length; i++) letters |= 1 << (v.text.charCodeAt(i) & 31);
  return { ...v, letters, normal: normalOf(v.text) };
};

const bitsIn = (mask: number) => {
  let n = 0;
  for (let m = mask; m !== 0; m &= m - 1) n++;
  return n;
};

const lettersApart = (a: Known, b: Known, most: number) => {
  if (Math.abs(a.text.length - b.text.length) > most || bitsIn(a.letters ^ b.letters) > 2 * most) return null;
  const e = edits(a.text, b.text, most);
  return e === null || e.digits || onlyInflected(a.text, b.text) ? null : e;
};

const near = (a: Known, b: Known) => lettersApart(a, b, editsMax(Math.min(a.text.length, b.text.length)));

/** Letters a normal form needs to be told by. */
const NORMAL_LENGTH_MIN = 4;

const isOtherWriting = (a: Known, b: Known) => a.normal === b.normal && a.normal.length >= NORMAL_LENGTH_MIN;

/** Frequent texts that are not themselves near to a far more frequent one, or it in other capitals: repeated slips are no spellings of their own. */
const established = (ordered: readonly Known[]): Known[] => {
  const frequent = ordered
    .filter((v) => v.count >= FREQUENT_ROWS_MIN && v.text.length > 0 && v.text.length <= SPELLING_LENGTH_MAX)
    .slice(0, FREQUENT_MAX);
  return frequent.filter(
    (v) => !frequent.some((w) => w.count >= v.count * FREQUENT_TIMES && w !== v && (isOtherWriting(v, w) || near(v, w) !== null)),
  );
};

/** Frequent texts of about one length that its own rate needs; with fewer, those of all lengths speak for it. */
const RATE_TEXTS_MIN = 20;
const RATE_LENGTHS = 2;
/** The most frequent texts, by which it is estimated. */
const RATE_MAX = 500;

/** Share of the frequent texts of about this length with a neighbour: how often nearness means nothing here. */
const neighbourRates = (texts: readonly Known[]): ((length: number) => number) => {
  const frequent = texts.slice(0, RATE_MAX);
  const isNear = frequent.map((a) => frequent.some((b) => a !== b && near(a, b) !== null));
  const share = (of: readonly number[]) => of.filter((i) => isNear[i]).length / Math.max(1, of.length);
  const all = frequent.map((_, i) => i);
  const known = new Map<number, number>();
  return (length) => {
    const found = known.get(length);
    if (found !== undefined) return found;
    const alike = all.filter((i) => Math.abs(frequent[i]!.text.length - length) <= RATE_LENGTHS);
    const rate = share(alike.length >= RATE_TEXTS_MIN ? alike : all);
    known.set(length, rate);
    return rate;
  };
};

/** Texts that may be near to one of a length, in their order. */
const ofAboutLength = (frequent: readonly Known[]): ((length: number) => readonly Known[]) => {
  const known = new Map<number, readonly Known[]>();
  return (length) => {
    const found =
      known.get(length) ?? frequent.filter((v) => Math.abs(v.text.length - length) <= editsMax(Math.min(v.text.length, length)));
    known.set(length, found);
    return found;
  };
};

/** The frequent neighbour of a rare text with the fewest edits, the more frequent first; null when there is none. */
const nearest = (rare: Known, ofLength: (length: number) => readonly Known[], rate: (length: number) => number): Misspelling | null => {
  const frequent = ofLength(rare.text.length);
  let best: { right: string; distance: number; chance: number } | null = null;
  for (const candidate of frequent) {
    if (candidate.count < rare.count * FREQUENT_TIMES) break;
    const most = Math.min(editsMax(Math.min(candidate.text.length, rare.text.length)), best === null ? 9 : best.distance - 1);
    if (most < 1) break;
    const e = lettersApart(rare, candidate, most);
    if (e !== null) best = { right: candidate.text, distance: e.distance, chance: nearByChance(rare.text, candidate.text, e) };
  }
  if (best === null) return null;
  const { right, distance, chance } = best;
  const rivals = frequent.filter((f) => Math.abs(f.text.length - rare.text.length) <= distance).length;
  return { wrong: rare.text, right, count: rare.count, chance: Math.min(1, Math.max(rate(rare.text.length), chance * rivals)) };
};

/** Share of the rows that may be written otherwise: more, and a source writes them so. */
const OTHERWISE_MAX = 0.08;

/**
 * Rare texts that are a frequent one in other capitals, spaces or signs. Said only where frequent texts never differ in that
 * alone (codes may), and digits are grouped alike.
 */
const otherWritings = (rare: readonly Known[], frequent: readonly Known[]): Misspelling[] => {
  const byNormal = Map.groupBy(frequent, (v) => v.normal);
  if ([...byNormal.values()].some((same) => same.length > 1)) return [];
  return rare.flatMap((v) => {
    const right = byNormal.get(v.normal)?.[0];
    if (right === undefined || v.normal.length < NORMAL_LENGTH_MIN || right.count < v.count * FREQUENT_TIMES) return [];
    return v.text.match(/[0-9]+/g)?.join() === right.text.match(/[0-9]+/g)?.join()
      ? [{ wrong: v.text, right: right.text, count: v.count, chance: 0 }]
      : [];
  });
};

/** Without spellings too frequent for a slip: on more than a few rows, and not one of many slips of the same text. */
const slipsOnly = (found: readonly Misspelling[], rows: number): Misspelling[] => {
  const slips = new Map<string, number>();
  for (const f of found) slips.set(f.right, (slips.get(f.right) ?? 0) + f.count);
  return found.filter(
    (f) =>
      f.count <= Math.max(RARE_ROWS_MAX, Math.min(RARE_ROWS_MOST, rows * RARE_SHARE_MAX)) ||
      f.count <= slips.get(f.right)! * SLIPS_SHARE_MAX,
  );
};

const replacement = ({ wrong, right }: Misspelling): string | null => {
  if (wrong.length !== right.length) return null;
  return [...wrong].flatMap((character, at) => (character === right[at] ? [] : [`${at}${right[at]}${character}`])).join();
};

const withoutSystematic = (found: readonly Misspelling[]): Misspelling[] => {
  const times = new Map<string | null, number>();
  for (const f of found) times.set(replacement(f), (times.get(replacement(f)) ?? 0) + 1);
  return found.filter((f) => replacement(f) === null || times.get(replacement(f))! < SYSTEMATIC_MIN);
};

/** Whether so many of the rare texts are near that chance is ruled out for them together, though not one by one. */
const isTogether = (found: readonly Misspelling[], rare: number, budget: number): boolean => {
  if (found.length < TOGETHER_MIN) return false;
  const chance = found.reduce((sum, f) => sum + f.chance, 0) / found.length;
  const falseOnes = ((rare - found.length + 1) * chance) / (1 - chance);
  return chance < 0.5 && binomialTail(found.length, rare, chance) <= TOGETHER_CHANCE_MAX && falseOnes <= budget * 2 * found.length;
};

/** Misspellings among texts with their counts; `budget` is the share of them that may be false. */
export const misspellings = (counted: readonly Counted[], budget: number): Misspelling[] => {
  if (!counted.some(({ count }) => count >= FREQUENT_ROWS_MIN)) return [];
  const ordered = counted.toSorted((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)).map(known);
  const frequent = established(ordered);
  if (frequent.length === 0) return [];
  const kept = new Set(frequent);
  const rare = ordered.filter((v) => !kept.has(v) && v.count * FREQUENT_TIMES <= frequent[0]!.count && v.text.length > 0);
  if (rare.length === 0 || rare.length > RARE_MAX) return [];
  const rate = neighbourRates(frequent);
  const ofLength = ofAboutLength(frequent);
  const rows = counted.reduce((n, v) => n + v.count, 0);
  const otherwise = otherWritings(rare, frequent);
  const rewritten = otherwise.reduce((n, v) => n + v.count, 0) <= rows * OTHERWISE_MAX ? otherwise : [];
  const again = new Set(rewritten.map((m) => m.wrong));
  const found = withoutSystematic(
    slipsOnly(
      rare.flatMap((v) => (again.has(v.text) ? [] : (nearest(v, ofLength, rate) ?? []))),
      rows,
    ),
  );
  if (isTogether(found, rare.length, budget)) return [...rewritten, ...found];
  const threshold = discoveryThreshold(
    found.map((f) => f.chance),
    rare.length,
    budget,
  );
  return [...rewritten, ...found.filter((f) => f.chance <= threshold)];
};
