import { z } from "zod";
import { and, call, cast, eq, matches, not, num, text, type Expr } from "../expr/expr.ts";
import { whereKnown } from "./check-digits.ts";
import { rowRule } from "./rule.ts";

const SHAPE = "^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$";

/** Countries by the length of their account numbers (SWIFT, IBAN registry). */
const LENGTHS: Readonly<Record<number, string>> = {
  15: "NO",
  16: "BE",
  18: "DK FI FK FO GL NL SD",
  19: "MK SI",
  20: "AT BA EE KZ LT LU MN XK",
  21: "CH HR LI LV",
  22: "BG BH CR DE GB GE IE ME RS VA",
  23: "AE GI IL IQ OM SO TL",
  24: "AD CZ ES MD PK RO SA SE SK TN VG",
  25: "LY PT ST",
  26: "IS TR",
  27: "BI DJ FR GR IT MC MR SM",
  28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
  29: "BR EG PS QA UA",
  30: "JO KW MU YE",
  31: "MT SC",
  32: "LC",
  33: "RU",
};
const WRONG_LENGTH = Object.entries(LENGTHS)
  .map(([length, countries]) => `^(${countries.replaceAll(" ", "|")})(.{0,${Number(length) - 3}}|.{${Number(length) - 1},})$`)
  .join("|");

const LETTERS = Array.from({ length: 26 }, (_, index): [string, string] => [String.fromCharCode(65 + index), String(index + 10)]);
/** At most 34 characters of at most two digits each. */
const DIGITS_MAX = 68;
/** Digits taken at a time: two of the remainder and these stay within 32 bits. */
const CHUNK = 7;

/**
 * ISO 7064 MOD 97-10: country and check digits go to the end, letters become 10..35, and the number is divided as by hand:
 * the remainder so far stands before the next digits. Each step names the digits once, for they are a long expression.
 */
const remainderIsOne = (iban: Expr): Expr => {
  const moved = call("concat", call("substring", iban, num(5)), call("substring", iban, num(1), num(4)));
  const digits = LETTERS.reduce((inner, [letter, number]) => call("replace", inner, text(letter), text(number)), moved);
  const chunks = Array.from({ length: Math.ceil(DIGITS_MAX / CHUNK) }, (_, index) =>
    call("substring", digits, num(1 + index * CHUNK), num(CHUNK)),
  );
  const divide = (number: Expr): Expr => call("mod", cast(number, "Integral"), num(97));
  const remainder = chunks.slice(1).reduce((left, chunk) => divide(call("concat", cast(left, "String"), chunk)), divide(chunks[0]!));
  return eq(remainder, num(1));
};

export default rowRule({
  type: "isIban",
  title: "Is IBAN",
  docs: "The whole text, without blanks, is an international bank account number: a country, two check digits and up to 30 letters or digits whose remainder by 97 is 1 (ISO 13616-1, ISO 7064). The length is checked for the countries of the registry; the structure within the country is not. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is an IBAN`,
  violates: ([x]) => {
    const compact = call("upper", call("replace", x!, text(" "), text("")));
    return not(whereKnown(x!, matches(compact, SHAPE), and(not(matches(compact, WRONG_LENGTH)), remainderIsOne(compact))));
  },
  cases: [
    { value: "DE89370400440532013000", violates: false },
    { value: "DE89 3704 0044 0532 0130 00", violates: false },
    { value: "GB82WEST12345698765432", violates: false },
    { value: "FR1420041010050500013M02606", violates: false },
    { name: "the longest", value: "MT84MALT011000012345MTLCAST001S", violates: false },
    { name: "the longest of the registry", value: "LC55HEMM000100010012001200023015", violates: false },
    { name: "the shortest", value: "NO9386011117947", violates: false },
    { name: "letters at its end", value: "SC18SSCB11010000000000001497USD", violates: false },
    { name: "two digits changed places", value: "SC18SSCB11010000000000001479USD", violates: true },
    { name: "too long for its country", value: "NO93860111179470", violates: true },
    { value: "DE88370400440532013000", violates: true },
    { value: "DE8937040044053201300", violates: true },
    { value: "12345678", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
