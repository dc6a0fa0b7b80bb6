import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError, type ErrorCode } from "../errors.ts";
import { bareName, currentProperty, modernised, RETIRED, RULE_ALIASES, type RawCheck } from "./legacy.ts";
import { UID_KEY } from "./identity.ts";
import { RULES } from "./index.ts";
import { readCheck, tryReadCheck } from "./read.ts";

const reads = (name: string, raw: Record<string, unknown>, expected: Record<string, unknown>) =>
  test(`reads ${name}`, () => {
    const check: Record<string, unknown> = readCheck({ container: "orders", fields: ["a"], ...raw });
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(check[key], value, key);
  });

reads(
  "a check with nothing left out",
  { rule_type: "notNull", coverage: 0.9, filter: "a > 1", tags: ["x"], status: "Draft", null_policy: "fail" },
  {
    rule_type: "notNull",
    coverage: 0.9,
    filter: "a > 1",
    tags: ["x"],
    status: "Draft",
    null_policy: "fail",
  },
);
reads(
  "defaults",
  { rule_type: "notNull" },
  { coverage: null, filter: null, description: "", status: "Active", null_policy: "pass", inferred: false },
);
reads(
  "other names of keys",
  { rule: "notNull", fields: undefined, container: undefined, field: "b", container_name: "c" },
  { container: "c", fields: ["b"] },
);
reads(
  "an identity in its own place",
  { rule_type: "notNull", uid: "orders__notnull__a", additional_metadata: { control: 1, _other_check_uid: "old" } },
  { additional_metadata: { control: 1, [UID_KEY]: "orders__notnull__a" } },
);
reads("no identity where the place is empty", { rule_type: "notNull", uid: "" }, { additional_metadata: {} });
reads(
  "empty texts and nulls",
  { rule_type: "notNull", filter: "", description: null, tags: null, anomaly_message_field: "", coverage: null },
  { filter: null, tags: [], anomaly_message_field: null },
);
reads(
  "tags as objects and archived states",
  { rule_type: "notNull", tags: [{ name: "pii" }, "x"], status: "invalid" },
  { tags: ["pii", "x"], status: "Archived" },
);
reads("spellings of rules", { rule_type: "NOT_NULL" }, { rule_type: "notNull" });
reads("is-names of rules", { rule: "isNotNull" }, { rule_type: "notNull" });
reads(
  "other names of properties",
  { rule: "isBetween", properties: { min_value: 1, maxValue: 5 } },
  { rule_type: "between", properties: { min: 1, max: 5 } },
);
reads("one name for two rules", { rule: "minValue", properties: { min_value: 1 } }, { properties: { value: 1 } });
reads(
  "dataType",
  { rule: "dataType", properties: { field_type: "Integral" } },
  { rule_type: "isType", properties: { field_type: "Integral" } },
);
reads(
  "satisfiesEquation",
  { rule: "satisfiesEquation", fields: [], properties: { equation: "a = 1" } },
  { rule_type: "satisfiesExpression", properties: { expression: "a = 1" } },
);
reads(
  "requiredFields",
  { rule: "requiredFields", fields: ["a", "b"] },
  { rule_type: "expectedSchema", fields: [], properties: { list: ["a", "b"], allow_other_fields: true } },
);
reads(
  "absoluteChangeLimit",
  { rule: "absoluteChangeLimit", properties: { value: 5 } },
  { rule_type: "metric", properties: { comparison: "Absolute Change", min: -5, max: 5 } },
);
reads(
  "relativeChangeLimit",
  { rule: "relativeChangeLimit", properties: { value: 5 } },
  { rule_type: "metric", properties: { comparison: "Percentage Change", min: -5, max: 5 } },
);
reads("distinct as uniqueness", { rule: "distinct", coverage: 1 }, { rule_type: "unique", coverage: null, properties: {} });
reads(
  "distinct as a share",
  { rule: "distinct", coverage: 0.8 },
  { rule_type: "distinctProportion", coverage: null, properties: { min: 0.8 } },
);
reads(
  "isReplicaOf",
  { rule: "isReplicaOf", properties: { ref_container: "b", row_identifiers: ["id"] } },
  { properties: { ref_container_name: "b", id_field_names: ["id"] } },
);
reads(
  "references by id, and null for absent properties",
  { rule: "existsIn", properties: { ref_datastore_id: 3, ref_container_id: 88, field_name: "b", ref_filter: null } },
  { properties: { ref_datastore_id: 3, ref_container_id: 88, field_name: "b", ref_filter: null } },
);
reads("a filter with a variable", { rule_type: "notNull", filter: "a > {{ since }}" }, { filter: "a > {{ since }}" });
reads(
  "keys of exports that say nothing",
  { rule_type: "notNull", id: 5, owner_id: 1, _touchstone_check_uid: "x", weight: 3, template_id: null },
  { fields: ["a"] },
);
reads(
  "evidence carried as metadata",
  {
    rule_type: "notNull",
    additional_metadata: { inferred: true, evidence: { text: "t", support: 5, held_out_pass_ratio: 1, confidence: 0.9 }, own: 1 },
  },
  {
    inferred: true,
    evidence: { text: "t", support: 5, held_out_pass_ratio: 1, confidence: 0.9, alerts: null },
    additional_metadata: { own: 1 },
  },
);
reads(
  "metadata that only looks like evidence",
  { rule_type: "notNull", additional_metadata: { evidence: "see ticket" } },
  { inferred: false, additional_metadata: { evidence: "see ticket" } },
);

const refuses = (name: string, raw: unknown, code: ErrorCode, path: readonly (string | number)[], why: RegExp) =>
  test(`refuses ${name}`, () => {
    const read = tryReadCheck(raw);
    assert.ok("problems" in read);
    const [problem] = read.problems;
    assert.equal(problem?.info.code, code);
    assert.deepEqual(problem?.path, path);
    assert.match(`${problem?.info.what} ${problem?.info.why} ${problem?.info.todo}`, why);
    assert.throws(() => readCheck(raw), UserError);
  });

const BASE = { rule_type: "between", container: "o", fields: ["a"], properties: { min: 1, max: 2 } };
refuses("an unknown rule", { ...BASE, rule_type: "betwen" }, "RULE_UNKNOWN", ["rule_type"], /nearest name is between/);
refuses("a retired rule", { rule: "userDefinedFunction" }, "RULE_RETIRED", ["rule"], /satisfiesExpression/);
refuses("an unknown key", { ...BASE, feilds: 1 }, "CHECK_INVALID", ["feilds"], /nearest name is fields/);
refuses("a key twice", { ...BASE, rule: "between" }, "CHECK_INVALID", ["rule"], /mean the same/);
refuses(
  "an unknown property",
  { ...BASE, properties: { min: 1, max: 2, inclusive_mn: true } },
  "PROPERTY_INVALID",
  ["properties", "inclusive_mn"],
  /nearest name is inclusive_min/,
);
refuses(
  "a property of another type",
  { ...BASE, properties: { min: 1, max: "2" } },
  "PROPERTY_INVALID",
  ["properties", "max"],
  /expected number/,
);
refuses(
  "a property under another name",
  { ...BASE, properties: { min: 1, maximum: "2" } },
  "PROPERTY_INVALID",
  ["properties", "maximum"],
  /expected number/,
);
refuses("a missing property", { ...BASE, properties: { min: 1 } }, "PROPERTY_INVALID", ["properties"], /max.*missing/);
refuses("no properties at all", { ...BASE, properties: undefined }, "PROPERTY_INVALID", [], /missing/);
refuses("properties that are a list", { ...BASE, properties: [] }, "CHECK_INVALID", ["properties"], /not a mapping/);
refuses("two fields for one", { ...BASE, fields: ["a", "b"] }, "FIELDS_COUNT_WRONG", ["fields"], /takes one field/);
refuses("a coverage in percent", { ...BASE, coverage: 95 }, "CHECK_INVALID", ["coverage"], /fraction/);
refuses(
  "a reference without a name",
  { rule_type: "existsIn", container: "o", fields: ["a"], properties: { field_name: "b" } },
  "PROPERTY_INVALID",
  ["properties"],
  /ref_container_name.*missing/,
);
refuses("a list", [], "CHECK_INVALID", [], /not a mapping/);
refuses("nothing", null, "CHECK_INVALID", [], /not a mapping/);

const expression = (text: string) => ({ rule_type: "satisfiesExpression", container: "o", properties: { expression: text } });
const warns = (name: string, raw: unknown, code: ErrorCode, path: readonly (string | number)[], why: RegExp) =>
  test(`reads ${name} as a check that cannot be asserted`, () => {
    const read = tryReadCheck(raw);
    assert.ok("check" in read);
    const [warning] = read.warnings;
    assert.equal(warning?.info.code, code);
    assert.deepEqual(warning?.path, path);
    assert.match(`${warning?.info.what} ${warning?.info.why}`, why);
  });
warns(
  "a pattern outside of the subset",
  { ...BASE, rule_type: "matchesPattern", properties: { regex: "(?=a)" } },
  "PATTERN_INVALID",
  ["properties", "regex"],
  /look-around/,
);
warns("an expression that does not parse", expression("a >"), "EXPRESSION_INVALID", ["properties", "expression"], /position 4/);
warns("an expression with a subquery", expression("a IN (SELECT 1)"), "EXPRESSION_INVALID", ["properties", "expression"], /subqueries/);

test("rules that moved", () => {
  const raw = (properties: Record<string, unknown>, rest: Partial<RawCheck> = {}): RawCheck => ({
    rule: "x",
    fields: [],
    properties,
    coverage: null,
    ...rest,
  });
  assert.deepEqual(modernised("requiredfields", raw({}, { fields: ["a", "b"] })), raw({ list: ["a", "b"], allow_other_fields: true }));
  assert.deepEqual(modernised("requiredfields", raw({ list: ["a"] })).properties, { list: ["a"], allow_other_fields: true });
  assert.deepEqual(modernised("absolutechangelimit", raw({ value: 5 })).properties, { comparison: "Absolute Change", min: -5, max: 5 });
  assert.deepEqual(modernised("relativechangelimit", raw({ min: -1, max: 2 })).properties, {
    comparison: "Percentage Change",
    min: -1,
    max: 2,
  });
  assert.equal(modernised("distinct", raw({ value: 1 })).rule, "unique");
  assert.equal(modernised("distinct", raw({}, { coverage: 1 })).rule, "unique");
  assert.deepEqual(modernised("distinct", raw({ value: 0.8 })), raw({ min: 0.8 }, { rule: "distinctProportion" }));
});

test("names of properties follow what the rule knows", () => {
  assert.equal(currentProperty("min_value", ["min", "max"]), "min");
  assert.equal(currentProperty("min_value", ["value"]), "value");
  assert.equal(currentProperty("isElementContext", ["is_element_context"]), "is_element_context");
  assert.equal(currentProperty("min_value", ["min", "min_value"]), "min_value");
  assert.equal(currentProperty("nope", ["min"]), "nope");
});

test("every alias leads to a rule, and hides none", () => {
  const types = RULES.map(({ type }) => type);
  for (const [alias, type] of Object.entries(RULE_ALIASES)) assert.ok(types.includes(type), `${alias} leads to ${type}`);
  for (const alias of [...Object.keys(RULE_ALIASES), ...Object.keys(RETIRED)])
    assert.ok(!types.some((type) => bareName(type) === alias), alias);
  assert.equal(new Set(types.map(bareName)).size, types.length);
});
