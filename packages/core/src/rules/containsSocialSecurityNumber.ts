import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

/** https://www.ssa.gov/employer/randomization.html: which numbers exist. Look-ahead is not portable, so each part is spelt out. */
const AREA = "(00[1-9]|0[1-9][0-9]|[1-57][0-9]{2}|6[0-57-9][0-9]|66[0-57-9]|8[0-9]{2})";
const GROUP = "(0[1-9]|[1-9][0-9])";
const SERIAL = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})";
const PATTERN = `(^|[^0-9-])${AREA}[ -]?${GROUP}[ -]?${SERIAL}([^0-9-]|$)`;

export default rowRule({
  type: "containsSocialSecurityNumber",
  title: "Contains social security number",
  docs: "Each text contains a plausible United States social security number AAA-GG-SSSS. Areas 000, 666 and 900 to 999, group 00 and serial 0000 were never issued and do not count. It asserts presence: to hunt for what must not be there use notMatchesPattern. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} contains a social security number`,
  violates: ([x]) => not(matches(x!, PATTERN)),
  cases: [
    { value: "ssn 123-45-6789", violates: false },
    { value: "123456789", violates: false },
    { value: "ref 912-44-1234", violates: true },
    { value: "666-12-3456", violates: true },
    { value: "000-12-3456", violates: true },
    { value: "123-00-4567", violates: true },
    { value: "123-45-0000", violates: true },
    { value: "665-12-3456", violates: false },
    { value: "1234567890", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
