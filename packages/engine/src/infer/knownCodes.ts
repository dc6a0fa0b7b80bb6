/**
 * Codes that are published: countries (ISO 3166-1 alpha-2), currencies (ISO 4217), languages (ISO 639-1). A code of two or three letters is too short for its slips to be told
 * by their spelling; but where name and values agree on what the codes are of, one that nobody has published is none.
 *
 * The lists are those of the Unicode consortium (CLDR), which the runtime carries; they include codes of the past, which data of the past may hold.
 */
import { inference, outOf, wrongValue, type Candidate } from "./candidate.ts";
import { byFrequency, distinctOf, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 25;
/** Codes that differ, before a column is one of codes. */
const CODES_MIN = 4;
/** Share of the rows that must hold a published code; and rows of one text from which it is a code of the source's own. */
const KNOWN_MIN = 0.93;
const OWN_ROWS_MAX = 3;

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const pairs = LETTERS.flatMap((a) => LETTERS.map((b) => a + b));

/** Whether a code of the right shape has a name. */
const isPublished = (type: "region" | "currency" | "language"): ((code: string) => boolean) => {
  const names = new Intl.DisplayNames(["en"], { type, fallback: "none" });
  return (code) => names.of(code) !== undefined;
};

/** Codes outside the standard that are written all the same: Greece and Kosovo in the European Union, and that itself; none. */
const COUNTRIES_TOO = ["UK", "EL", "XK", "EU", "XX", "ZZ"];

/** `past` are codes that are no longer listed. */
type Kind = { what: string; name: RegExp; shape: RegExp; codes: () => string[]; past: (code: string) => boolean };

const word = (words: string) => new RegExp(`(^|[^a-z])(${words})($|[^a-z])`, "i");
const none = () => false;

const KINDS: readonly Kind[] = [
  {
    what: "country codes",
    name: word("country|countries|nation|nationality|countrycode|ctry|iso2?"),
    shape: /^[A-Z]{2}$/,
    codes: () => [...pairs.filter(isPublished("region")), ...COUNTRIES_TOO],
    past: none,
  },
  {
    what: "currency codes",
    name: word("currency|currencies|ccy|curr|currencycode"),
    shape: /^[A-Z]{3}$/,
    codes: () => Intl.supportedValuesOf("currency"),
    past: isPublished("currency"),
  },
  {
    what: "language codes",
    name: word("language|languages|lang|locale|languagecode"),
    shape: /^[a-z]{2}$/,
    codes: () => pairs.map((code) => code.toLowerCase()).filter(isPublished("language")),
    past: none,
  },
];

const rowsOf = (c: Column, codes: readonly number[]) => codes.reduce((n, code) => n + c.counts[code]!, 0);

const listed = (c: Column): Candidate[] => {
  if (c.field.field_type !== "String" || c.known < ROWS_MIN || distinctOf(c) < CODES_MIN) return [];
  const kind = KINDS.find(({ name }) => name.test(c.field.name.replaceAll(/([a-z])([A-Z])/g, "$1_$2")));
  if (kind === undefined) return [];
  const codes = byFrequency(c);
  const shaped = codes.map((code) => c.values[code]!).filter((text) => kind.shape.test(text));
  if (shaped.length < CODES_MIN) return [];
  const known = new Set([...kind.codes(), ...shaped.filter(kind.past)]);
  const wrong = codes.filter((code) => !known.has(c.values[code]!));
  const rows = rowsOf(c, wrong);
  if (codes.length - wrong.length < CODES_MIN || rows > c.known * (1 - KNOWN_MIN)) return [];
  if (wrong.some((code) => c.total(code) > OWN_ROWS_MAX)) return [];
  return [
    {
      rule_type: "expectedValues",
      fields: [c.field.name],
      properties: { list: [...known].toSorted() },
      coverage: 1,
      key: JSON.stringify([kind.what, c.field.name]),
      says: `${c.field.name} is one of the published ${kind.what}`,
      why: `${outOf(c.known - rows, c.known)} values of ${c.field.name} are published ${kind.what}`,
      support: c.known - rows,
      violates: wrongValue(c, (code) => !known.has(c.values[code]!)),
      exceptionsMax: (1 - KNOWN_MIN) * 1.5,
    },
  ];
};

export default inference({
  name: "knownCodes",
  level: 2,
  docs:
    "expectedValues: columns that hold country, currency or language codes by their name and on nearly all rows. Those that nobody has published are wrong, unless one recurs: then it is a code of the " +
    "source's own.",
  candidates: (sample: Sample) => sample.columns.flatMap(listed),
});
