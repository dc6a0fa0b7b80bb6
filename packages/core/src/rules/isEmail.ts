import { z } from "zod";
import { gt, length, matches, not, num, or } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const PATTERN = `^${ATOM}([.]${ATOM})*@(${LABEL}[.])+[A-Za-z]{2,63}$`;
const LENGTH_MAX = 254;

export default rowRule({
  type: "isEmail",
  title: "Is e-mail address",
  docs: "The whole text is one e-mail address: a dot-atom of at most 64 characters, an at sign, a domain of at least two labels; at most 254 characters (RFC 5321 §4.5.3.1). NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is an e-mail address`,
  violates: ([x]) => or(not(matches(x!, PATTERN)), gt(length(x!), num(LENGTH_MAX))),
  cases: [
    { value: "ann@example.org", violates: false },
    { value: "ann.b+c@mail.example.co.uk", violates: false },
    { value: "ann@example", violates: true },
    { value: "ann@@example.org", violates: true },
    { value: ".ann@example.org", violates: true },
    { value: "ann..b@example.org", violates: true },
    { value: "ann@-example.org", violates: true },
    { value: "ann@example.org ", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
