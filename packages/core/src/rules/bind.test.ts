import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError, type ErrorCode } from "../errors.ts";
import { date } from "../expr/expr.ts";
import { QualityCheck } from "../model/check.ts";
import { Container } from "../model/container.ts";
import { bindCheck, bindChecks, shortHash } from "./bind.ts";

const CONTAINER = Container.parse({
  name: "Order Lines",
  kind: "table",
  fields: [
    { name: "id", field_type: "Integral" },
    { name: "Amount", field_type: "Fractional" },
    { name: "status", field_type: "String" },
    { name: "day", field_type: "Date" },
    { name: "u", field_type: "Unknown" },
    { name: "tags", field_type: "Array", element_type: "String" },
    { name: "numbers", field_type: "Array", element_type: "Integral" },
  ],
  modified_at: "2031-01-01T00:00:00Z",
});
const ENV = { now: "2031-02-03T00:00:00Z" };

const make = (check: Record<string, unknown>): QualityCheck => QualityCheck.parse({ container: "Order Lines", ...check });
const bind = (check: Record<string, unknown>) => bindCheck(make(check), CONTAINER, ENV);

test("names become fields as the container spells them", () => {
  const bound = bind({
    rule_type: "between",
    fields: ["AMOUNT"],
    properties: { min: 1, max: 2 },
    filter: "STATUS = 'x'",
    anomaly_message_field: "Status",
  });
  assert.deepEqual(bound.fields, [{ kind: "field", name: "Amount", type: "Fractional" }]);
  assert.deepEqual(bound.check.fields, ["Amount"]);
  assert.equal(bound.check.anomaly_message_field, "status");
  assert.equal(bound.filter?.kind, "call");
  assert.deepEqual(bound.properties, { min: 1, max: 2, inclusive_min: true, inclusive_max: true });
  assert.equal(bound.context.modifiedAt, "2031-01-01T00:00:00Z");
  assert.deepEqual(bound.context.field("ID"), { kind: "field", name: "id", type: "Integral" });
});

test("a calculated rule has the fields its expression names", () => {
  const bound = bind({ rule_type: "satisfiesExpression", properties: { expression: "amount > id OR amount IS NULL" } });
  assert.deepEqual(
    bound.fields.map(({ name }) => name),
    ["Amount", "id"],
  );
  assert.equal(bound.uid, `order-lines__satisfiesexpression__${shortHash(JSON.stringify("amount > id OR amount IS NULL"))}`);
});

test("variables are typed", () => {
  const check = make({ rule_type: "notNull", fields: ["id"], filter: "day >= {{ since }}" });
  const { filter } = bindCheck(check, CONTAINER, { ...ENV, variables: { since: date("2031-01-01") } });
  assert.deepEqual(filter?.kind === "call" ? filter.args[1] : null, date("2031-01-01"));
});

test("rules for elements look at the type of the elements", () => {
  const property = { pattern: "^a", is_element_context: true };
  assert.equal(bind({ rule_type: "matchesPattern", fields: ["tags"], properties: property }).rule.type, "matchesPattern");
  assert.throws(() => bind({ rule_type: "matchesPattern", fields: ["numbers"], properties: property }), /an Array of Integral/);
  assert.throws(() => bind({ rule_type: "matchesPattern", fields: ["tags"], properties: { pattern: "^a" } }), /the field is Array/);
});

const refuses = (name: string, check: Record<string, unknown>, code: ErrorCode, why: RegExp) =>
  test(`refuses ${name}`, () => {
    assert.throws(
      () => bind(check),
      (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.info.code, code, error.message);
        assert.match(error.message, why);
        return true;
      },
    );
  });

const between = { rule_type: "between", properties: { min: 1, max: 2 } };
refuses("an unknown rule", { rule_type: "betwen" }, "RULE_UNKNOWN", /nearest name is between/);
refuses("an unknown field", { ...between, fields: ["amuont"] }, "FIELD_UNKNOWN", /nearest name is Amount/);
refuses("an unknown message field", { ...between, fields: ["id"], anomaly_message_field: "note" }, "FIELD_UNKNOWN", /no field note/);
refuses("a field of another type", { ...between, fields: ["status"] }, "FIELD_TYPE_WRONG", /String.*Integral, Fractional/);
refuses("a field of unknown type", { ...between, fields: ["u"] }, "FIELD_TYPE_WRONG", /Unknown/);
refuses("too many fields", { ...between, fields: ["id", "Amount"] }, "FIELDS_COUNT_WRONG", /one field/);
refuses("no fields", { ...between }, "FIELDS_COUNT_WRONG", /one field/);
refuses("a wrong property", { ...between, fields: ["id"], properties: { min: 5, max: 1 } }, "PROPERTY_INVALID", /min must not exceed max/);
refuses(
  "a filter of unknown fields",
  { ...between, fields: ["id"], filter: "statsu = 'x'" },
  "EXPRESSION_INVALID",
  /nearest name is status/,
);
refuses("a filter that is no condition", { ...between, fields: ["id"], filter: "id + 1" }, "EXPRESSION_INVALID", /condition/);
refuses("a filter with an aggregate", { ...between, fields: ["id"], filter: "SUM(id) > 1" }, "EXPRESSION_INVALID", /about many rows/);
refuses("a filter with an unknown variable", { ...between, fields: ["id"], filter: "id > {{ x }}" }, "VARIABLE_UNKNOWN", /\{\{ x \}\}/);
refuses(
  "an expression in a property",
  { rule_type: "satisfiesExpression", properties: { expression: "id = 'x'" } },
  "EXPRESSION_INVALID",
  /do not compare/,
);
refuses(
  "a pattern outside of the subset",
  { rule_type: "matchesPattern", fields: ["status"], properties: { pattern: "(?=a)" } },
  "PATTERN_INVALID",
  /look-around/,
);
refuses(
  "a property that names no field",
  { rule_type: "greaterThanField", fields: ["id"], properties: { field_name: "amout" } },
  "FIELD_UNKNOWN",
  /nearest name is Amount/,
);
refuses(
  "a predicted value of another type",
  { rule_type: "predictedBy", fields: ["id"], properties: { expression: "status" } },
  "CHECK_INVALID",
  /String is no number/,
);

test("uids say container, rule, fields and filter; many checks never share one", () => {
  const checks = [
    make({ ...between, fields: ["id"] }),
    make({ ...between, fields: ["id"], filter: "id > 5" }),
    make({ ...between, fields: ["id"], properties: { min: 3, max: 4 } }),
    make({ ...between, fields: ["id"], properties: { min: 3, max: 4 } }),
    make({ rule_type: "anyNotNull", fields: ["status", "id"] }),
    make({ ...between, fields: ["nope"] }),
    make({ rule_type: "nope" }),
  ];
  const { bound, unbound } = bindChecks(checks, CONTAINER, ENV);
  assert.deepEqual(
    bound.map(({ uid }) => uid),
    [
      "order-lines__between__id",
      `order-lines__between__id__${shortHash("id > 5")}`,
      `order-lines__between__id__${shortHash(JSON.stringify([["id"], { min: 3, max: 4 }]))}`,
      "order-lines__between__id__2",
      "order-lines__anynotnull__id_status",
    ],
  );
  assert.deepEqual(
    unbound.map(({ uid, error }) => [uid, error.code]),
    [
      ["order-lines__between__nope", "FIELD_UNKNOWN"],
      ["order-lines__nope", "RULE_UNKNOWN"],
    ],
  );
});

test("FNV-1a", () => assert.deepEqual([shortHash(""), shortHash("a"), shortHash("foobar")], ["811c9dc5", "e40c292c", "bf9cf968"]));

test("ten thousand checks on a wide container bind in time", () => {
  const wide = Container.parse({
    name: "wide",
    kind: "table",
    fields: Array.from({ length: 5000 }, (_, i) => ({ name: `f${i}`, field_type: "Integral" })),
  });
  const checks = Array.from({ length: 10_000 }, (_, i) =>
    QualityCheck.parse({ ...between, container: "wide", fields: [`F${i % 5000}`], filter: `f${(i * 7) % 5000} > ${i}` }),
  );
  const start = performance.now();
  assert.equal(bindChecks(checks, wide, ENV).bound.length, 10_000);
  assert.ok(performance.now() - start < 5000);
});
