import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

/** Scheme, host or IP address, optional port, path and query (RFC 3986, web addresses only). */
const PATTERN =
  '(?i)https?://([a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?([/?#][^ \\t\\n"<>]*)?';

export default rowRule({
  type: "containsUrl",
  title: "Contains URL",
  docs: "Each text contains an http or https address with its scheme. It asserts presence: to hunt for what must not be there use notMatchesPattern. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field]) => `${field} contains a URL`,
  violates: ([x]) => not(matches(x!, PATTERN)),
  cases: [
    { value: "see https://example.org/x?y=1", violates: false },
    { value: "http://10.0.0.1:8080", violates: false },
    { value: "HTTPS://EXAMPLE.ORG", violates: false },
    { value: "example.org/x", violates: true },
    { value: "ftp://example.org", violates: true },
    { value: "https://", violates: true },
    { value: null, type: "String", violates: false },
  ],
});
