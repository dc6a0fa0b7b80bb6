import { z } from "zod";
import { call, cast, matches, not, text, type Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/types.ts";
import { luhnHolds, whereKnown } from "./check-digits.ts";
import { rowRule } from "./rule.ts";

/** The number as it would be written: a file of digits alone is read as whole numbers. */
const written = (x: Expr): Expr => (typeOf(x) === "Integral" ? cast(x, "String") : x);

export default rowRule({
  type: "isCreditCard",
  title: "Is credit card number",
  docs: "The whole text (or whole number), without blanks and dashes, is a card number: 12 to 19 digits, the first not 0, whose check digit satisfies the Luhn formula (ISO/IEC 7812-1). NULL passes.",
  takes: "single",
  appliesTo: ["String", "Integral"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is a credit card number`,
  violates: ([x]) => {
    const digits = call("replace", call("replace", written(x!), text(" "), text("")), text("-"), text(""));
    return not(whereKnown(x!, matches(digits, "^[1-9][0-9]{11,18}$"), luhnHolds(digits)));
  },
  cases: [
    { value: "4111111111111111", violates: false },
    { value: "4111-1111-1111-1111", violates: false },
    { value: "4111 1111 1111 1112", violates: true },
    { value: "378282246310005", violates: false },
    { value: "4000-12", violates: true },
    { value: "6304000000000000018", violates: false },
    { value: "card", violates: true },
    { name: "zeros have the right check digit and are no card", value: "0000000000000000", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
    { value: 4111111111111111, violates: false },
    { value: 4111111111111112, violates: true },
    { name: "a number of too few digits", value: 42, violates: true },
  ],
});
