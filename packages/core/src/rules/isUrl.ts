import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

const PATTERN =
  '(?i)^https?://([^ \\t\\n/@?#]+@)?([a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*[.]?|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?([/?#][^ \\t\\n\\r"<>]*)?$';

export default rowRule({
  type: "isUrl",
  title: "Is URL",
  docs: "The whole text is one absolute web address with http or https, a host, and no white space (RFC 3986). NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} is a URL`,
  violates: ([x]) => not(matches(x!, PATTERN)),
  cases: [
    { value: "https://example.org", violates: false },
    { value: "http://example.org:8080/a/b?c=d#e", violates: false },
    { value: "https://user@example.org/", violates: false },
    { value: "http://[::1]/", violates: false },
    { value: "example.org", violates: true },
    { value: "https:// example.org", violates: true },
    { value: "https://example.org/a b", violates: true },
    { value: "javascript:alert(1)", violates: true },
    { value: "", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
