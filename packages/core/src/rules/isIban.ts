import { z } from "zod";
import { add, and, call, cast, eq, length, matches, mul, not, num, sub, text, type Expr } from "../expr/expr.ts";
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
const CHUNK = 9;

/** ISO 7064 MOD 97-10: country and check digits go to the end, letters become 10..35; chunks of nine digits keep it within 64 bits. */
const remainderIsOne = (iban: Expr): Expr => {
  const moved = call("concat", call("substring", iban, num(5)), call("substring", iban, num(1), num(4)));
  const digits = LETTERS.reduce((inner, [letter, number]) => call("replace", inner, text(letter), text(number)), moved);
  const padded = call("concat", text("0".repeat(DIGITS_MAX)), digits);
  const start = sub(add(length(padded), num(1)), num(Math.ceil(DIGITS_MAX / CHUNK) * CHUNK));
  const chunks = Array.from({ length: Math.ceil(DIGITS_MAX / CHUNK) }, (_, index) =>
    cast(call("concat", text("0"), call("substring", padded, add(start, num(index * CHUNK)), num(CHUNK))), "Integral"),
  );
  return eq(
    chunks.reduce((remainder, part) => call("mod", add(mul(remainder, num(10 ** CHUNK)), part), num(97))),
    num(1),
  );
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
    { value: "DE88370400440532013000", violates: true },
    { value: "DE8937040044053201300", violates: true },
    { value: "12345678", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
