/** Files of checks are edited where they change, and nowhere else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { QualityCheck } from "@touchstone/core/model/check";
import { readCheck } from "@touchstone/core/rules/read";
import { checksFromText } from "../checks-file.ts";
import { editedText } from "./checks-text.ts";
import { fileName } from "./place.ts";

const BY_HAND = `# agreed with finance
checks:
  # the price list
  - rule: between
    container: orders
    field: price          # net
    properties: {min: 0, max: 9}

  - { rule_type: notNull, container: orders, fields: [sku] } # short
  - rule_type: unique
    container: orders
    fields:
      - id
`;

type Fate = (check: QualityCheck, index: number) => QualityCheck | null | undefined;
const edited = (text: string, fate: Fate, added: QualityCheck[] = [], path = "f.yaml"): string | null => {
  const { checks, errors } = checksFromText(text, path);
  assert.deepEqual(errors, []);
  return editedText(path, text, { entries: checks.map((before, i) => ({ before, after: fate(before, i) })), added });
};

const NEW = readCheck({ uid: "fresh", rule_type: "positive", container: "orders", fields: ["price"] });
const untouched: Fate = () => undefined;

test("a change is a change of its lines", () => {
  const text = edited(BY_HAND, (check, i) => (i === 1 ? { ...check, coverage: 0.9 } : undefined))!;
  assert.equal(text, BY_HAND.replace("fields: [sku] }", "fields: [sku], coverage: 0.9 }"));
});

test("what goes, goes with its lines; what comes stands at the end", () => {
  const text = edited(BY_HAND, (_, i) => (i === 1 ? null : undefined), [NEW])!;
  assert.ok(text.startsWith("# agreed with finance\nchecks:\n  # the price list\n  - rule: between\n"), text);
  assert.ok(!text.includes("notNull"));
  assert.match(text, /\n\n {2}- uid: fresh\n {4}rule_type: positive\n/);
});

test("what is read afterwards is what was meant, whatever the file was like", () => {
  const texts: [name: string, path: string, text: string][] = [
    ["a mapping with checks", "f.yaml", BY_HAND],
    ["a list", "f.yaml", "- { rule_type: unique, container: o, fields: [id] }\n- { rule_type: notNull, container: o, fields: [id] }\n"],
    ["one check", "f.yaml", "rule_type: unique\ncontainer: o\nfields: [id]\n"],
    [
      "two documents",
      "f.yaml",
      "- { rule_type: unique, container: o, fields: [id] }\n---\n- { rule_type: notNull, container: o, fields: [id] }\n",
    ],
    [
      "parts that are shared",
      "f.yaml",
      "- { rule_type: unique, container: o, fields: &f [id] }\n- { rule_type: notNull, container: p, fields: *f }\n",
    ],
    ["JSON", "f.json", '[{"rule_type": "unique", "container": "o", "fields": ["id"]}]'],
    [
      "odd texts",
      "f.yaml",
      "- rule_type: satisfiesExpression\n  container: o\n  description: 'yes: \"no\" # 1'\n  properties: { expression: \"id > 0 OR name = 'ü😀'\" }\n",
    ],
  ];
  for (const [name, path, text] of texts) {
    const before = checksFromText(text, path).checks;
    const after = before.map((check, i) =>
      i === 0 ? { ...check, description: "a: b # 'c'", tags: ["no", "1"], filter: "id <> 0" } : check,
    );
    const written = edited(text, (_, i) => (i === 0 ? after[0] : undefined), [NEW], path)!;
    assert.deepEqual(checksFromText(written, path).checks, [...after, NEW], `${name}\n${written}`);
    assert.equal(edited(written, untouched, [], path), written, `${name}: a second time nothing changes`);
  }
});

test("no check left is no file left; a file that is not there is made", () => {
  assert.equal(
    edited(BY_HAND, () => null),
    null,
  );
  assert.equal(
    editedText("f.yaml", null, { entries: [], added: [NEW] }),
    '- uid: fresh\n  rule_type: positive\n  description: ""\n  container: orders\n  fields:\n    - price\n  status: Active\n',
  );
});

test("files are named like their containers, and apart", () => {
  const cases: [container: string, taken: string[], name: RegExp][] = [
    ["orders", [], /^orders\.yaml$/],
    ["ORDERS", [], /^ORDERS\.yaml$/],
    ["ORDERS", ["orders.yaml"], /^ORDERS-[\da-f]{8}\.yaml$/],
    ["sales/2031 orders", [], /^sales-2031-orders\.yaml$/],
    ["größe", [], /^größe\.yaml$/],
    ["../../etc/passwd", [], /^etc-passwd\.yaml$/],
    ["..", [], /^container-\.yaml$/],
    ["con", [], /^container-con\.yaml$/],
    ["", [], /^container-\.yaml$/],
    ["x".repeat(300), [], /^x{50}\.yaml$/],
  ];
  for (const [container, taken, name] of cases) assert.match(fileName(container, new Set(taken)), name, container);
});

test("only the values that became otherwise are written anew", () => {
  const cases: { name: string; text: string; change: (check: QualityCheck) => QualityCheck; becomes: string }[] = [
    {
      name: "a bound in brackets",
      text: "- rule_type: between   # net\n  container: o\n  fields: [ a ]\n  properties: { min: 0,   max: 9 } # agreed\n",
      change: (check) => ({ ...check, properties: { min: 0, max: 10.5 } }),
      becomes: "- rule_type: between   # net\n  container: o\n  fields: [ a ]\n  properties: { min: 0,   max: 10.5 } # agreed\n",
    },
    {
      name: "a bound on a line, and a filter that goes",
      text: "- rule_type: between\n  container: o\n  field: a\n  properties:\n    min: 0\n    max: 9 # agreed\n  filter: b > 1 # for now\n\n# end\n",
      change: (check) => ({ ...check, properties: { min: -1, max: 9 }, filter: null }),
      becomes: "- rule_type: between\n  container: o\n  field: a\n  properties:\n    min: -1\n    max: 9 # agreed\n\n# end\n",
    },
    {
      name: "a list of lines",
      text: "- rule_type: expectedValues\n  container: o\n  fields:\n    - a\n  properties:\n    list:\n      - x\n      - y\n  tags: [t]\n",
      change: (check) => ({ ...check, properties: { list: ["x", "no", "ü: 1"] }, tags: ["t", "u"] }),
      becomes:
        '- rule_type: expectedValues\n  container: o\n  fields:\n    - a\n  properties:\n    list:\n      - x\n      - "no"\n      - "ü: 1"\n  tags: [t, u]\n',
    },
    {
      name: "an earlier name of a key",
      text: "- rule: notNull\n  table: o\n  column: a\n  where: b > 1\n",
      change: (check) => ({ ...check, filter: "b > 2", description: "there" }),
      becomes: "- rule: notNull\n  table: o\n  column: a\n  where: b > 2\n  description: there\n",
    },
    {
      name: "ends of lines as Windows has them, and none at the end",
      text: "- rule: notNull\r\n  table: o\r\n  column: a",
      change: (check) => ({ ...check, coverage: 0.5 }),
      becomes: "- rule: notNull\r\n  table: o\r\n  column: a\r\n  coverage: 0.5",
    },
    {
      name: "an earlier name of a property, where nothing but the whole says it",
      text: "# kept\n- rule: between\n  table: o\n  column: a\n  properties: {minimum: 0, maximum: 9}\n",
      change: (check) => ({ ...check, properties: { min: 1, max: 9 } }),
      becomes: "",
    },
  ];
  for (const { name, text, change, becomes } of cases) {
    const written = edited(text, change)!;
    const [wanted] = checksFromText(text, "f").checks.map(change);
    assert.deepEqual(checksFromText(written, "f").checks, [wanted], name);
    if (becomes !== "") assert.equal(written, becomes, name);
  }
});
