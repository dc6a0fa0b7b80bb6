import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

const PATTERN = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

export default rowRule({
  type: "isUuid",
  title: "Is UUID",
  docs: "The whole text is a UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12, in any case, of any version (RFC 9562 §4). NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is a UUID`,
  violates: ([x]) => not(matches(x!, PATTERN)),
  cases: [
    { value: "0b8f9c0e-5d0e-4c6a-9d8e-2f1a3b4c5d6e", violates: false },
    { value: "0B8F9C0E-5D0E-4C6A-9D8E-2F1A3B4C5D6E", violates: false },
    { value: "00000000-0000-0000-0000-000000000000", violates: false },
    { value: "0b8f9c0e5d0e4c6a9d8e2f1a3b4c5d6e", violates: true },
    { value: "0b8f9c0e-5d0e-4c6a-9d8e-2f1a3b4c5d6", violates: true },
    { value: "gb8f9c0e-5d0e-4c6a-9d8e-2f1a3b4c5d6e", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
