import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

/** A dot-atom, an at sign, a domain of at least two labels (the common part of RFC 5322 §3.4.1). */
const PATTERN =
  "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*[.][A-Za-z]{2,}";

export default rowRule({
  type: "containsEmail",
  title: "Contains e-mail address",
  docs: "Each text contains an e-mail address, alone or inside other text. It asserts presence: to hunt for what must not be there use notMatchesPattern. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} contains an e-mail address`,
  violates: ([x]) => not(matches(x!, PATTERN)),
  cases: [
    { value: "write to ann@example.org today", violates: false },
    { value: "ann@example.org", violates: false },
    { value: "ann+tag@mail.example.co.uk", violates: false },
    { value: "call me", violates: true },
    { value: "ann@localhost", violates: true },
    { value: "@example.org", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
    { value: null, type: "String", null_policy: "fail", violates: true },
  ],
});
