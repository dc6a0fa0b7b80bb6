import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { misspellings, type Counted, type Misspelling } from "./misspelling.ts";
import { valuesByFrequency, type Column, type Sample } from "./sample.ts";

/** Share of the misspellings named that may be false; words within longer texts are freer, so less for them. */
const FALSE_VALUES_MAX = 0.05;
const FALSE_WORDS_MAX = 0.03;
/** Letters of a word worth comparing, and values whose words are looked at. */
const WORD_LENGTH_MIN = 4;
const VALUES_MAX = 20_000;

/** Misspellings one check lists; more would be no slips. */
const CORRECTIONS_MAX = 2000;

/** Misspelled values as a whole. */
const values = (counted: readonly Counted[]): Misspelling[] => misspellings(counted, FALSE_VALUES_MAX);

const wordsOf = (text: string): string[] => [...new Set(text.match(/\p{L}+/gu) ?? [])].filter((w) => w.length >= WORD_LENGTH_MIN);

/** Words with the number of different values they occur in. */
const wordCounts = (counted: readonly Counted[]): Counted[] => {
  const counts = new Map<string, number>();
  for (const { text } of counted) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([text, count]) => ({ text, count }));
};

/** A word with another first letter, large or small, in a text of both: that depends on where it stands (`Other fees`, `Fees`). */
const isPlaced = (text: string, { wrong, right }: Misspelling): boolean =>
  wrong.toLowerCase() === right.toLowerCase() && wrong !== wrong.toUpperCase() && text !== text.toLowerCase();

/** Values with a misspelled word: a word of one value, near to a word of many. The correction is the value with the word put right. */
const inWords = (counted: readonly Counted[]): Misspelling[] => {
  const found = new Map(misspellings(wordCounts(counted), FALSE_WORDS_MAX).map((m) => [m.wrong, m]));
  if (found.size === 0) return [];
  return counted.flatMap(({ text, count }) => {
    const wrong = wordsOf(text).find((word) => found.has(word) && !isPlaced(text, found.get(word)!));
    if (wrong === undefined) return [];
    const { right, chance } = found.get(wrong)!;
    return [{ wrong: text, right: text.replace(wrong, right), count, chance }];
  });
};

const candidateOf = (c: Column, found: readonly Misspelling[]): Candidate => {
  const wrong = new Set(found.map((f) => f.wrong));
  const codes = new Set(c.values.flatMap((text, code) => (wrong.has(text) ? [code] : [])));
  return {
    rule_type: "notMisspelled",
    fields: [c.field.name],
    properties: { corrections: Object.fromEntries(found.map((f) => [f.wrong, f.right])) },
    coverage: 1,
    why: `${found.length} rare spelling${found.length === 1 ? " is" : "s are"} one to three letters away from a frequent value or word of ${c.field.name}; chance would bring at most one such in twenty`,
    support: c.known,
    violates: wrongValue(c, (code) => codes.has(code)),
    exceptionsMax: 0.45,
  };
};

const spelled = (c: Column): Candidate[] => {
  if (c.field.field_type !== "String") return [];
  const counted = valuesByFrequency(c).slice(0, VALUES_MAX);
  const whole = values(counted);
  const known = new Set(whole.map((m) => m.wrong));
  const found = [...whole, ...inWords(counted).filter((m) => !known.has(m.wrong))];
  return found.length === 0 || found.length > CORRECTIONS_MAX ? [] : [candidateOf(c, found)];
};

export default inference({
  name: "notMisspelled",
  level: 2,
  docs:
    "Rare spellings one to three letters away from a frequent value, or with a word so near to a frequent word. How often that happens by chance is estimated from the length of the " +
    "texts and from how near the frequent ones are to each other; at most one in twenty namings is expected to be false. " +
    "Edits between digits do not count, nor does a plural, nor a replacement that recurs at the same place of several values.",
  candidates: (sample: Sample) => sample.columns.flatMap(spelled),
});
