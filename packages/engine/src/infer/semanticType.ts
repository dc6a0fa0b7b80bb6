import { evaluate } from "@touchstone/core/expr/evaluate";
import { field } from "@touchstone/core/expr/expr";
import isCreditCard from "@touchstone/core/rules/isCreditCard";
import isEmail from "@touchstone/core/rules/isEmail";
import isIban from "@touchstone/core/rules/isIban";
import isIpAddress from "@touchstone/core/rules/isIpAddress";
import isUrl from "@touchstone/core/rules/isUrl";
import isUuid from "@touchstone/core/rules/isUuid";
import type { RowRule, RuleContext } from "@touchstone/core/rules/rule";
import { inference, outOf, wrongValue, type Candidate } from "./candidate.ts";
import { byFrequency, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 20;
/** Values that differ and satisfy the rule, before a column is of a kind. */
const VALUES_MIN = 3;
/** The same where only a check digit tells a number of the kind from any other. */
const NUMBERS_MIN = 8;
/** Share of the rows that must: of numbers with a check digit one in ten (cards) or one in 97 (accounts) would by chance. */
const SHARE_MIN = 0.9;
/** Rows of one text without any sign of the kind from which it is a habit ("no e-mail") and no slip. */
const HABIT_SHARE_MAX = 0.02;
const HABIT_ROWS_MIN = 2;

/**
 * A published format, with a sign by which most columns are seen not to have it before each value is held against it; one of digits alone is
 * also found among whole numbers, as which a file's column of such is read.
 */
type Semantic = { rule: RowRule; what: string; sign: RegExp; valuesMin: number; digitsOnly?: true };

const SEMANTICS: readonly Semantic[] = [
  { rule: isEmail, what: "e-mail addresses", sign: /@.+\./, valuesMin: VALUES_MIN },
  { rule: isUrl, what: "web addresses", sign: /^https?:\/\//i, valuesMin: VALUES_MIN },
  { rule: isUuid, what: "UUIDs", sign: /^[0-9a-f]{8}-[0-9a-f]{4}-/i, valuesMin: VALUES_MIN },
  { rule: isIpAddress, what: "IP addresses", sign: /^[0-9]{1,3}(\.[0-9]{1,3}){3}$|^[0-9a-f]*:[0-9a-f:]+/i, valuesMin: VALUES_MIN },
  { rule: isIban, what: "bank account numbers", sign: /^[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}/, valuesMin: NUMBERS_MIN },
  { rule: isCreditCard, what: "card numbers", sign: /^[1-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}/, valuesMin: NUMBERS_MIN, digitsOnly: true },
];

const foreign = (): never => {
  throw new Error("rules about one value look at nothing else");
};
const NOTHING_ELSE: RuleContext = {
  containerFields: [],
  field: foreign,
  parse: foreign,
  parseReference: foreign,
  now: "",
  modifiedAt: null,
  incrementalField: null,
  partitionField: null,
  history: [],
};
const VALUE = "value";

const OF_DIGITS = SEMANTICS.filter(({ digitsOnly }) => digitsOnly);

/** Whether a text satisfies a rule: what the rule itself says, by the evaluator that every engine is held against. */
const satisfies = ({ rule }: Semantic): ((text: string) => boolean) => {
  const violation = rule.violates([field(VALUE, "String")], rule.properties.parse({}), NOTHING_ELSE);
  return (text) => evaluate(violation, { [VALUE]: text }, { now: "" }) !== true;
};

export type OfKind = { semantic: Semantic; wrong: ReadonlySet<number>; wrongRows: number };

const rowsOf = (c: Column, codes: Iterable<number>) => [...codes].reduce((n, code) => n + c.counts[code]!, 0);

const found = new WeakMap<Column, OfKind | null>();

/** The published format that nearly all values of a column have; null when there is none. */
export const semanticOf = (c: Column): OfKind | null => {
  const known = found.get(c);
  if (known !== undefined) return known;
  const semantics = c.field.field_type === "String" ? SEMANTICS : c.field.field_type === "Integral" ? OF_DIGITS : [];
  const answer = semantics.length > 0 && c.known >= ROWS_MIN ? look(c, semantics) : null;
  found.set(c, answer);
  return answer;
};

const LOOKED_AT = 40;

const look = (c: Column, semantics: readonly Semantic[]): OfKind | null => {
  if (!c.values.slice(0, LOOKED_AT).some((text) => semantics.some(({ sign }) => sign.test(text)))) return null;
  const codes = byFrequency(c);
  for (const semantic of semantics) {
    const signed = codes.filter((code) => semantic.sign.test(c.values[code]!));
    if (signed.length < semantic.valuesMin || rowsOf(c, signed) < c.known * SHARE_MIN) continue;
    const isGood = satisfies(semantic);
    const wrong = new Set(codes.filter((code) => !isGood(c.values[code]!)));
    const wrongRows = rowsOf(c, wrong);
    if (codes.length - wrong.size >= semantic.valuesMin && wrongRows <= c.known * (1 - SHARE_MIN)) return { semantic, wrong, wrongRows };
  }
  return null;
};

const isHabit = (c: Column, { semantic, wrong }: OfKind) =>
  [...wrong].some((code) => !semantic.sign.test(c.values[code]!) && c.counts[code]! > Math.max(HABIT_ROWS_MIN, c.known * HABIT_SHARE_MAX));

const proposed = (c: Column): Candidate[] => {
  const ofKind = semanticOf(c);
  if (ofKind === null || isHabit(c, ofKind)) return [];
  const { semantic, wrongRows } = ofKind;
  const isGood = satisfies(semantic);
  return [
    {
      rule_type: semantic.rule.type,
      fields: [c.field.name],
      properties: {},
      coverage: 1,
      why: `${outOf(c.known - wrongRows, c.known)} values of ${c.field.name} are ${semantic.what}`,
      support: c.known - wrongRows,
      violates: wrongValue(c, (code) => !isGood(c.values[code]!)),
      exceptionsMax: (1 - SHARE_MIN) * 1.5,
    },
  ];
};

export default inference({
  name: "semanticType",
  level: 2,
  docs:
    "isEmail, isUrl, isUuid, isIpAddress, isIban, isCreditCard: text that is one of these on nine rows of ten. What one must look like is published, so that those that are none are wrong " +
    "and not rare. A word in regular use for none is left alone.",
  candidates: (sample: Sample) => sample.columns.flatMap(proposed),
});
