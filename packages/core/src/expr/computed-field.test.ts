import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "../errors.ts";
import { Field } from "../model/field.ts";
import { ComputedField, computedFieldExpr } from "./computed-field.ts";
import { evaluate } from "./evaluate.ts";

const FIELDS = [
  Field.parse({ name: "x", field_type: "String" }),
  Field.parse({ name: "n", field_type: "Fractional" }),
  Field.parse({ name: "k", field_type: "Integral" }),
];
const AT = { name: "orders", fields: FIELDS };

type Row = { x?: string | null; n?: number | null; k?: bigint | null };

const value = (definition: object, row: Row): unknown =>
  evaluate(
    computedFieldExpr(ComputedField.parse({ source_fields: ["x"], properties: {}, ...definition }), AT),
    { x: null, n: null, k: null, ...row },
    { now: "2031-02-01T00:00:00Z" },
  );

const check = (definition: object, rows: readonly [input: string | null, expected: unknown][]): void => {
  for (const [input, expected] of rows) assert.deepEqual(value(definition, { x: input }), expected, JSON.stringify(input));
};

test("numbers as people write them", () => {
  check({ transformation: "convertFormattedNumeric" }, [
    ["1240.5", 1240.5],
    ["€1,240.50", 1240.5],
    ["$ 7", 7],
    ["(1,000)", -1000],
    ["-£5.25", -5.25],
    ["12 %", 12],
    ["1 234 567", 1_234_567],
    ["", null],
    ["n/a", null],
    [null, null],
  ]);
});

test("casts, with and without a format", () => {
  check({ transformation: "cast", properties: { target_type: "Integral" } }, [
    ["12", 12n],
    ["twelve", null],
    [null, null],
  ]);
  check({ transformation: "cast", properties: { target_type: "Date", format: "dd.MM.yyyy" } }, [
    ["01.02.2031", "2031-02-01"],
    ["31.02.2031", null],
    ["1.2.2031", null],
    ["01/02/2031", null],
    ["", null],
    [null, null],
  ]);
  check({ transformation: "cast", properties: { target_type: "Timestamp", format: "yyyyMMdd HH:mm" } }, [
    ["20310201 07:30", "2031-02-01 07:30:00.000000"],
    ["20310201 25:30", null],
  ]);
  assert.equal(value({ transformation: "cast", source_fields: ["k"], properties: { target_type: "String" } }, { k: 5n }), "5");
});

test("names of organisations without what differs between spellings", () => {
  check({ transformation: "cleanedEntityName" }, [
    ["Acme, Inc.", "acme"],
    ["ACME  Holding GmbH", "acme holding"],
    ["The Acme Co", "the acme"],
    ["O'Brien & Sons Ltd.", "obrien & sons"],
    ["Incorporated Thoughts", "incorporated thoughts"],
    ["", ""],
    [null, null],
  ]);
  check(
    { transformation: "cleanedEntityName", properties: { drop_from_prefix: true, drop_from_suffix: false, terms_to_drop: ["Gruppe"] } },
    [
      ["The Acme Inc", "acme inc"],
      ["Gruppe Acme", "acme"],
    ],
  );
  check(
    { transformation: "cleanedEntityName", properties: { drop_from_interior: true, drop_from_suffix: false, terms_to_ignore: ["KG"] } },
    [
      ["Acme GmbH Nord KG", "acme nord kg"],
      ["The Acme Ltd", "the acme ltd"],
    ],
  );
});

test("an expression of the user", () => {
  const definition = { transformation: "customExpression", source_fields: ["n", "k"], properties: { column_expression: "n * k" } };
  assert.equal(value(definition, { n: 1.5, k: 4n }), 6);
  assert.equal(value(definition, { k: 4n }), null);
});

test("what cannot be computed is refused", () => {
  const code = (definition: object): string => {
    try {
      value(definition, {});
    } catch (thrown) {
      return toErrorInfo(thrown).code;
    }
    return "computed";
  };
  assert.equal(code({ transformation: "cast", source_fields: ["gone"], properties: { target_type: "Date" } }), "FIELD_UNKNOWN");
  assert.equal(code({ transformation: "cast", properties: { target_type: "Date", format: "MMM d" } }), "NOT_SUPPORTED");
  assert.equal(code({ transformation: "cast", properties: { target_type: "Integral", format: "yyyy" } }), "NOT_SUPPORTED");
  assert.equal(code({ transformation: "customExpression", properties: { column_expression: "x +" } }), "EXPRESSION_INVALID");
});
