import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Cell } from "@touchstone/core/rules/rule";
import { connect } from "../index.ts";
import type { Catalog, Datastore } from "../connector.ts";
import { scratch } from "../scratch.ts";

type Case = {
  content: string | Uint8Array;
  fields: Record<string, string>;
  /** Each row's number, then its cells. */
  rows: readonly (readonly Cell[])[];
  rejected?: readonly (readonly [number | null, RegExp])[];
  notes?: readonly string[];
};

const within = (member: string): readonly string[] => [`the file is one object; its records are the array "${member}" of it`];

const CASES: Record<string, Case> = {
  "array.json": {
    content: '[{"a":1,"b":"x"},\n {"a":2.5}]',
    fields: { a: "Fractional", b: "String" },
    rows: [
      [1, 1, "x"],
      [2, 2.5, null],
    ],
  },
  "lines.ndjson": {
    content: '{"a":1}\n\n{"a":null}\n{"a":3}',
    fields: { a: "Integral" },
    rows: [
      [1, 1],
      [2, null],
      [3, 3],
    ],
  },
  "lines.jsonl": {
    content: '{"a":true}\n{"a":false}\n',
    fields: { a: "Boolean" },
    rows: [
      [1, true],
      [2, false],
    ],
  },
  "one.json": { content: '{"a": 1,\n "b": "x"}', fields: { a: "Integral", b: "String" }, rows: [[1, 1, "x"]] },
  "data.json": {
    content: '{"data":[{"a":1},{"a":2,"b":[{"c":1},{"c":2}]},\n{"a":3}]}',
    fields: { a: "Integral", b: "String" },
    rows: [
      [1, 1, null],
      [2, 2, '[{"c":1},{"c":2}]'],
      [3, 3, null],
    ],
    notes: within("data"),
  },
  "page.json.gz": {
    content: gzipSync('{"count":2,"next":null,"tags":["x","y"],"few":[{"p":1}],"re\'s/~.$[*]":[{"a":"x"},5,{"a":"y"}],"none":[]}'),
    fields: { a: "String" },
    rows: [
      [1, "x"],
      [3, "y"],
    ],
    rejected: [[null, /no JSON objects/]],
    notes: within("re's/~.$[*]"),
  },
  "collection.geojson": {
    content: Buffer.from('\ufeff{"type":"FeatureCollection","features":[{"p":{"é":1}},{"p":{"é":2}}],"bbox":[0,1]}', "utf16le"),
    fields: { "p.é": "Integral" },
    rows: [
      [1, 1],
      [2, 2],
    ],
    notes: ["the file is read as utf-16le", ...within("features")],
  },
  "two.json": {
    content: '{"nodes":[{"a":1},{"a":2}],"links":[{"b":1},{"b":2}]}',
    fields: { nodes: "String", links: "String" },
    rows: [[1, '[{"a":1},{"a":2}]', '[{"b":1},{"b":2}]']],
  },
  "lines within.json": {
    content: '{"x":[{"a":"l1\\n, \\"q\\" \\u0001","b":{"c": [1,\n 2]}},\n\n null, {"a":"","big":12345678901234567890}]}',
    fields: { a: "String", "b.c": "Array", big: "String" },
    rows: [
      [1, 'l1\n, "q" \u0001', [1, 2], null],
      [2, null, null, null],
      [3, "", null, "12345678901234567890"],
    ],
  },
  "quoted key.json": { content: '{"a\\"b":[{"a":1},{"a":2}]}', fields: { 'a"b': "String" }, rows: [[1, '[{"a":1},{"a":2}]']] },
  "short.json": { content: '{"data":[{"a":1}]}', fields: { data: "String" }, rows: [[1, '[{"a":1}]']] },
  "deep.json": { content: '{"x":{"data":[{"a":1},{"a":2}]}}', fields: { "x.data": "String" }, rows: [[1, '[{"a":1},{"a":2}]']] },
  "several.json": {
    content: '{"data":[{"a":1},{"a":2}]}\n{"data":[{"a":3},{"a":4}]}',
    fields: { data: "String" },
    rows: [
      [1, '[{"a":1},{"a":2}]'],
      [2, '[{"a":3},{"a":4}]'],
    ],
  },
  "line.ndjson": { content: '{"data":[{"a":1},{"a":2}]}', fields: { data: "String" }, rows: [[1, '[{"a":1},{"a":2}]']] },
  "zipped.json.gz": { content: gzipSync('[{"a":1}]'), fields: { a: "Integral" }, rows: [[1, 1]] },
  "bom.json": { content: '\ufeff[{"a":"é"}]', fields: { a: "String" }, rows: [[1, "é"]] },
  "utf16.json": { content: Buffer.from('\ufeff[{"a":"é"}]', "utf16le"), fields: { a: "String" }, rows: [[1, "é"]] },
  "nested.json": {
    content: '[{"a":{"b":{"c":{"d":{"e":1}}},"x.y":2},"l":[1,2],"s":["x","1"],"o":[{"p":1}],"m":[1,"x"]}]',
    fields: { "a.b.c.d": "String", "a.x.y": "Integral", l: "Array", s: "Array", o: "String", m: "String" },
    rows: [[1, '{"e":1}', 2, [1, 2], ["x", "1"], '[{"p":1}]', '[1,"x"]']],
  },
  "mixed.json": {
    content: '[{"a":1,"A":2,"q/\\"~":3},{"a":"x"},{"a":{"b":1}},{"a":[1]},{"a":true}]',
    fields: { a: "String", A_1: "Integral", 'q/"~': "Integral" },
    rows: [
      [1, "1", 2, 3],
      [2, "x", null, null],
      [3, '{"b":1}', null, null],
      [4, "[1]", null, null],
      [5, "true", null, null],
    ],
  },
  "texts.json": {
    content:
      '[{"number":"01","int":"1","date":"2024-01-01","when":"2024-01-01T10:00:00Z","some":"2024-01-01"},{"number":"2","int":"2","date":"2024-02-29","when":"2024-01-01 11:00:00","some":"soon"}]',
    fields: { number: "String", int: "String", date: "Date", when: "Timestamp", some: "String" },
    rows: [
      [1, "01", "1", "2024-01-01", "2024-01-01 10:00:00", "2024-01-01"],
      [2, "2", "2", "2024-02-29", "2024-01-01 11:00:00", "soon"],
    ],
  },
  "numbers.ndjson": {
    content: '{"big":12345678901234567890,"exp":1e5,"nan":NaN,"max":9223372036854775807}\n{"big":1,"exp":2,"nan":1.5,"max":0}\n',
    fields: { big: "String", exp: "Fractional", nan: "Fractional", max: "Integral" },
    rows: [
      [1, "12345678901234567890", 100000, NaN, 9223372036854775807n],
      [2, "1", 2, 1.5, 0],
    ],
  },
  "scalars.json": {
    content: "[1,2,3]",
    fields: { value: "Integral" },
    rows: [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  },
  "others.json": {
    content: '[{"a":1},5,{"a":2}]',
    fields: { a: "Integral" },
    rows: [
      [1, 1],
      [3, 2],
    ],
    rejected: [[null, /no JSON objects/]],
  },
  "damaged.ndjson": {
    content: '{"a":1}\n{"a":}\n\n{"a":NaN}\nfoo\n{"a":3}\n',
    fields: { a: "Fractional" },
    rows: [
      [1, 1],
      [3, NaN],
      [5, 3],
    ],
    rejected: [
      [2, /not one JSON object/],
      [5, /not one JSON object/],
    ],
  },
};

const BROKEN: Record<string, { content: string; code: string }> = {
  "empty.json": { content: "", code: "SOURCE_EMPTY" },
  "cut.json": { content: '[{"a":1},{"a":2},{"a"', code: "SOURCE_UNREADABLE" },
  "nothing.ndjson": { content: "foo\nbar\n", code: "SOURCE_UNREADABLE" },
};

const at = scratch();
let datastore: Datastore;
let catalog: Catalog;

before(async () => {
  datastore = await connect(Object.entries({ ...CASES, ...BROKEN }).map(([name, { content }]) => at.write(name, content)));
  catalog = await datastore.sync();
});
after(async () => {
  await datastore.close();
  at.remove();
});

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

for (const [name, expected] of Object.entries(CASES)) {
  test(`reads ${name}`, async () => {
    const container = catalog.containers.find((each) => each.partitions[0]?.name === name);
    assert.ok(container, JSON.stringify(catalog.failures.find((failure) => failure.name === name)));
    assert.deepEqual(Object.fromEntries(container.fields.map((field) => [field.name, field.field_type])), expected.fields);
    const { relation, rejected } = await datastore.open(container);
    const columns = container.fields.map((field, i) => `${quoted(field.name)} AS f${i}`);
    const rows = await datastore.session.query(
      `SELECT ${relation.rowNumber} AS number, ${columns.join(", ")} FROM ${relation.from} ORDER BY number`,
    );
    assert.deepEqual(
      rows.map((row) => [row["number"], ...container.fields.map((_, i) => row[`f${i}`])]),
      expected.rows,
    );
    assert.equal(container.rejected_lines, expected.rejected?.length ?? 0);
    if (expected.notes)
      assert.deepEqual(
        catalog.notes.flatMap((note) => (note.container === container.name ? [note.text] : [])),
        expected.notes,
      );
    for (const [i, [line, reason]] of (expected.rejected ?? []).entries()) {
      assert.equal(rejected.examples[i]?.line, line);
      assert.match(rejected.examples[i]!.reason, reason);
    }
  });
}

test("files that cannot be read do not hide the others", () => {
  const codes = Object.fromEntries(catalog.failures.map((failure) => [failure.name, failure.error.code]));
  assert.deepEqual(codes, Object.fromEntries(Object.entries(BROKEN).map(([name, { code }]) => [name, code])));
});
