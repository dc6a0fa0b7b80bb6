import assert from "node:assert/strict";
import { test } from "node:test";
import { checkWeight } from "./weight.ts";

const check = (name: string, given: Parameters<typeof checkWeight>, expected: number) =>
  test(name, () => assert.equal(checkWeight(...given), expected));

check(
  "authored, clean, with modifiers of a tag and a table",
  [{ rule_type: "isAddress", inferred: false, anomalous_records: 0 }, [4, -1]],
  15,
);
check("authored, found", [{ rule_type: "between", inferred: false, anomalous_records: 3 }], 14);
check("inferred, found", [{ rule_type: "matchesPattern", inferred: true, anomalous_records: 1 }], 9);
check("inferred, clean", [{ rule_type: "notNull", inferred: true, anomalous_records: 0 }], 1);
check("not asserted counts as clean", [{ rule_type: "notNull", inferred: false, anomalous_records: null }], 10);
check("a rule that is not known", [{ rule_type: "later", inferred: true, anomalous_records: 0 }], 1);
