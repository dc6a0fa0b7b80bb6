import { inference, type Candidate } from "./candidate.ts";
import { misspellings, type Counted, type Misspelling } from "./misspelling.ts";
import { byFrequency, columnNamed, type Column, type Sample } from "./sample.ts";

/** Share of the misspellings named that may be false; words within longer texts are freer, so less for them. */
const FALSE_VALUES_MAX = 0.05;
const FALSE_WORDS_MAX = 0.03;
/** Letters of a word worth comparing, and values whose words are looked at. */
const WORD_LENGTH_MIN = 4;
const VALUES_MAX = 20_000;

/** Misspelled values as a whole. */
const values = (c: Column): Misspelling[] =>
  misspellings(
    byFrequency(c)
      .slice(0, VALUES_MAX)
      .map((code) => ({ text: c.values[code]!, count: c.counts[code]! })),
    FALSE_VALUES_MAX,
  );

const wordsOf = (text: string): string[] => [...new Set(text.match(/\p{L}+/gu) ?? [])].filter((w) => w.length >= WORD_LENGTH_MIN);

/** Words with the number of different values they occur in. */
const wordCounts = (codes: readonly number[], c: Column): Counted[] => {
  const counts = new Map<string, number>();
  for (const code of codes) for (const word of wordsOf(c.values[code]!)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([text, count]) => ({ text, count }));
};

/** Values with a misspelled word: a word of one value, near to a word of many. The correction is the value with the word put right. */
const inWords = (c: Column): Misspelling[] => {
  const codes = byFrequency(c).slice(0, VALUES_MAX);
  const found = new Map(misspellings(wordCounts(codes, c), FALSE_WORDS_MAX).map((m) => [m.wrong, m]));
  if (found.size === 0) return [];
  return codes.flatMap((code) => {
    const text = c.values[code]!;
    const wrong = wordsOf(text).find((word) => found.has(word));
    if (wrong === undefined) return [];
    const { right, chance } = found.get(wrong)!;
    return [{ wrong: text, right: text.replace(wrong, right), count: c.counts[code]!, chance }];
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
    violates: (sample, row) => codes.has(columnNamed(sample, c.field.name)!.codes[row]!),
    exceptionsMax: 0.45,
  };
};

const spelled = (c: Column): Candidate[] => {
  if (c.field.field_type !== "String") return [];
  const whole = values(c);
  const known = new Set(whole.map((m) => m.wrong));
  const found = [...whole, ...inWords(c).filter((m) => !known.has(m.wrong))];
  return found.length === 0 ? [] : [candidateOf(c, found)];
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
