import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "@touchstone/core/model/report";
import { formatOfFile, formatReport, FORMAT_NAMES } from "./index.ts";
import { inBlocks, jsonText } from "./json-text.ts";
import { cell, percent } from "./words.ts";

const NASTY = `<script>alert("1")</script> & 'x' | \u001b[31mred\u0000 \u202e ]]> \`tick\``;

const check = (over: object) => ({
  uid: "orders__between__price",
  rule_type: "between",
  container: "orders",
  fields: ["price"],
  description: `price lies ${NASTY}`,
  filter: null,
  coverage: null,
  properties: { min: 0, max: 9 },
  tags: [],
  inferred: true,
  evidence: { text: "seen on 12 rows", support: 12, held_out_pass_ratio: 1, confidence: 0.9, alerts: null },
  status: "failed",
  asserted_records: 12,
  anomalous_records: 1,
  measured: null,
  message: NASTY,
  error: null,
  ...over,
});

const report = Report.parse({
  touchstone: "0.0.0",
  operation: { id: "t", type: "check", started_at: "2031-02-01T00:00:00Z", finished_at: "2031-02-01T00:00:01Z", incremental: false },
  sources: [NASTY],
  containers: [
    {
      name: NASTY,
      kind: "file",
      result: "success",
      error: null,
      records: 12,
      records_processed: 12,
      rejected_lines: 1,
      rejected_examples: [{ partition: "a.csv", line: 3, field: null, reason: NASTY }],
      passes: [],
      fields: [{ name: "price", field_type: "Fractional", native_type: "DOUBLE", profile: null }],
      checks: [
        check({}),
        check({ uid: "ok", status: "passed", anomalous_records: 0, message: null }),
        check({
          uid: "un",
          status: "unasserted",
          asserted_records: null,
          anomalous_records: null,
          error: { code: "QUERY_FAILED", what: "a", why: NASTY, todo: "c" },
        }),
      ],
      anomalies: [
        {
          type: "record",
          fingerprint: "f1",
          message: NASTY,
          fields: ["price"],
          row: 7,
          partition: "a.csv",
          failed_checks: [{ uid: "orders__between__price", rule_type: "between", fields: ["price"], message: NASTY }],
          record: { price: 10, note: NASTY, nothing: null },
          anomalous_records: 1,
          examples: [],
        },
      ],
      checkpoint: null,
    },
  ],
  summary: {
    result: "success",
    containers: 1,
    containers_failed: 0,
    records: 12,
    checks: 3,
    passed: 1,
    failed: 1,
    unasserted: 1,
    anomalies: 1,
    anomalous_records: 1,
    rejected_lines: 1,
  },
});

const write = async (name: string): Promise<string> => [...(await formatReport(report, name, { colour: false, verbose: true }))].join("");

test("every format writes the report, and names the row", async () => {
  for (const name of FORMAT_NAMES) assert.match(await write(name), /row.{0,6}7/, name);
});

test("data stays data in every format", async () => {
  const html = await write("html");
  assert.ok(!html.includes("<script>"), "no markup of the data in HTML");
  assert.ok(!/https?:\/\//.test(html), "nothing is fetched from anywhere");
  for (const name of ["text", "markdown", "html"])
    assert.ok(!(await write(name)).includes("\u001b"), `${name} holds no terminal command of the data`);
  const junit = await write("junit");
  assert.ok(!/[\u0000\u001b]/.test(junit) && !junit.includes("<script>"), "XML holds no forbidden character and no markup of the data");
  assert.ok(!(await write("markdown")).includes("<script>"), "Markdown holds no markup of the data");
});

test("JSON is the report itself, NDJSON a line per container", async () => {
  assert.deepEqual(Report.parse(JSON.parse(await write("json"))), report);
  const lines = (await write("ndjson"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { line: string });
  assert.deepEqual(
    lines.map(({ line }) => line),
    ["run", "container", "summary"],
  );
});

test("JSON in pieces is the JSON of one piece", () => {
  const values: unknown[] = [
    report,
    [],
    {},
    [[]],
    [{ a: undefined, b: [1, { c: "two\nlines" }], __proto__x: null }],
    { "": [[[[[1, 2], {}]]]] },
    "text",
    null,
  ];
  for (const value of values)
    for (const depth of [0, 1, 2, 9]) {
      assert.equal([...jsonText(value, depth, "")].join(""), JSON.stringify(value));
      assert.deepEqual(JSON.parse([...jsonText(value, depth, "  ")].join("")), JSON.parse(JSON.stringify(value)));
    }
  assert.equal([...jsonText({ a: [{ b: [1] }, 2], c: 3 }, 2, "  ")].join(""), '{\n  "a": [\n    {"b":[1]},\n    2\n  ],\n  "c": 3\n}');
  assert.deepEqual(
    [...inBlocks(["a", "b".repeat(1_000_000), "c"])].map((block) => block.length),
    [1_000_001, 1],
  );
});

test("JUnit counts what it lists", async () => {
  const junit = await write("junit");
  assert.match(junit, /tests="3" failures="1" errors="1"/);
  assert.equal(junit.match(/<testcase /g)?.length, 3);
});

test("a file's ending chooses the format", () => {
  for (const [path, format] of [
    ["a.json", "json"],
    ["b.HTML", "html"],
    ["c.xml", "junit"],
    ["d.md", "markdown"],
    ["e.jsonl", "ndjson"],
    ["f.txt", "text"],
  ])
    assert.equal(formatOfFile(path!), format);
  assert.throws(() => formatOfFile("report.pdf"), /its ending is one of/);
});

test("percents are precise where they are small and never round a failure away", () => {
  const cases: [number, string][] = [
    [0, "0%"],
    [1, "100%"],
    [0.5, "50.0%"],
    [0.9999999, ">99.999%"],
    [0.0000001, "<0.001%"],
    [0.00012, "0.012%"],
    [0.9995, "99.950%"],
  ];
  for (const [ratio, text] of cases) assert.equal(percent(ratio), text);
});

test("a cell is one line", () => {
  assert.equal(cell("a\nb\tc"), "a⏎b⇥c");
  assert.equal(cell(null), "NULL");
  assert.equal(cell({ a: [1] }), '{"a":[1]}');
  assert.equal(cell("x".repeat(100), 10), `${"x".repeat(9)}…`);
});
