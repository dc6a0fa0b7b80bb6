import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

/** 13 to 16 digits with the leading digits of the large schemes (ISO/IEC 7812), not part of a longer run of digits. */
const PATTERN =
  "(^|[^0-9])(4[0-9]{12}([0-9]{3})?|(4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6[0-9]{3})([ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|3[068][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{4})([^0-9]|$)";

export default rowRule({
  type: "containsCreditCard",
  title: "Contains credit card number",
  docs: "Each text contains a number shaped like a payment card, contiguous or in groups of four joined by dashes or blanks; also inside longer text or JSON. It asserts presence: to hunt for what must not be there use notMatchesPattern. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} contains a credit card number`,
  violates: ([x]) => not(matches(x!, PATTERN)),
  cases: [
    { value: "paid by cash", violates: true },
    { value: "card 4111-1111-1111-1111 ok", violates: false },
    { value: '{"pan":"4111111111111111"}', violates: false },
    { value: "378282246310005", violates: false },
    { value: "4111-1111", violates: true },
    { value: "94111111111111111119", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
