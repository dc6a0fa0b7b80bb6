import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const V4 = `${OCTET}([.]${OCTET}){3}`;
const H = "[0-9a-fA-F]{1,4}";
/** One alternative per place where the run of zeros may stand. */
const V6 = [
  `(${H}:){7}${H}`,
  `(${H}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map((after) => `(${H}:){1,${7 - after}}(:${H}){1,${after}}`),
  `:(:${H}){1,7}`,
  "::",
  `(${H}:){6}${V4}`,
  `::(${H}:){0,5}${V4}`,
  ...[1, 2, 3, 4].map((after) => `(${H}:){1,${5 - after}}:(${H}:){0,${after}}${V4}`),
].join("|");

export default rowRule({
  type: "isIpAddress",
  title: "Is IP address",
  docs: "The whole text is an IP address: dotted decimal IPv4 without leading zeros, or IPv6 in any of its spellings (RFC 4291 §2.2), without a zone or prefix length. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({
    version: z
      .union([z.enum(["any", "4", "6"]), z.literal([4, 6])])
      .default("any")
      .describe("which versions count"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is an IP${p.version === "any" ? "" : `v${p.version}`} address`,
  violates: ([x], p) => not(matches(x!, `^(${String(p.version) === "4" ? V4 : String(p.version) === "6" ? V6 : `${V4}|${V6}`})$`)),
  cases: [
    { value: "192.168.0.1", violates: false },
    { value: "256.1.1.1", violates: true },
    { value: "01.2.3.4", violates: true },
    { value: "1.2.3", violates: true },
    { value: "2001:db8::1", violates: false },
    { value: "::", violates: false },
    { value: "::ffff:1.2.3.4", violates: false },
    { value: "2001:db8:::1", violates: true },
    { value: "1:2:3:4:5:6:7:8:9", violates: true },
    { value: "2001:db8::1", with: { version: "4" }, violates: true },
    { value: "192.168.0.1", with: { version: 6 }, violates: true },
    { value: null, type: "String", violates: false },
  ],
});
