/** Input as it should not be: each is answered by a coded error or a good report; nothing is lost, nothing hangs, no trace shows. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ContainerReport } from "@touchstone/core/model/report";
import { withEngine } from "@touchstone/engine/enrichment/local-ground";
import { newGround, spawnTouchstone } from "./terminal-ground.ts";

const ground = newGround();
after(ground.remove);
const { run, report, write, path } = ground;

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);

/** What is expected of the container a file becomes: an error, or rows with what is said of them. */
type Expected = {
  code?: string;
  why?: RegExp;
  records?: number;
  fields?: readonly string[];
  rejected?: readonly (readonly [line: number, reason: RegExp])[];
  notes?: RegExp;
};

const BIG_CELL_BYTES = 10_000_000;

const FILES: Record<string, readonly [content: string | Uint8Array, expected: Expected]> = {
  "empty.csv": ["", { code: "SOURCE_EMPTY" }],
  "blank.csv": ["\n\n \n", { code: "SOURCE_EMPTY" }],
  "header.csv": ["h1,h2,h3\n", { records: 0, fields: ["h1", "h2", "h3"] }],
  "one.csv": ["alone\n1\n2\n", { records: 2, fields: ["alone"] }],
  "empty.json": ["", { code: "SOURCE_EMPTY" }],
  "empty.ndjson": ["", { code: "SOURCE_EMPTY" }],
  "nothing.json": ["[]", { code: "SOURCE_EMPTY" }],
  "cut.json": ['[{"j1":1},{"j1"', { code: "SOURCE_UNREADABLE", why: /well-formed/ }],
  "lines.ndjson": ['{"n1":1}\n{"n1":\n{"n1":3}\n', { records: 2, rejected: [[2, /./]] }],
  "cut.csv.gz": [gzipSync("g1,g2\n".concat("1,2\n".repeat(5000))).subarray(0, 40), { code: "SOURCE_UNREADABLE", why: /cut off/ }],
  "not.csv.gz": ["z1,z2\n1,2\n", { code: "SOURCE_UNREADABLE", why: /damaged/ }],
  "empty.parquet": ["", { code: "SOURCE_UNREADABLE", why: /cut off/ }],
  "text.parquet": ["p1,p2\n1,2\n", { code: "SOURCE_UNREADABLE", why: /format its name says/ }],
  "text.xlsx": ["x1,x2\n1,2\n", { code: "SOURCE_UNREADABLE", why: /no spreadsheet/ }],
  "archive.csv": [
    Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 1, 2, 3, 0, 0, 0, 0, 10]),
    { code: "SOURCE_UNREADABLE", why: /zip archive or an office document/ },
  ],
  "noise.csv": [
    Uint8Array.from({ length: 4000 }, (_, i) => (i * i * 31 + i * 7 + (i >> 3)) % 256),
    { code: "SOURCE_UNREADABLE", why: /binary/ },
  ],
  "ragged.csv": [
    "r1,r2,r3\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n",
    {
      records: 2,
      rejected: [
        [3, /2 cells where 3/],
        [4, /4 cells where 3/],
      ],
    },
  ],
  "unclosed.csv": ['q1,q2\n1,"a\n2,b\n3,c\n', { records: 2, rejected: [[2, /quote/]] }],
  "latin.csv": [latin1("l1,l2\n1,Müller\n2,José\n"), { records: 2, notes: /windows-1252/ }],
  "wide.csv": [utf16("u1,u2\n1,Müller\n2,注文\n"), { records: 2, notes: /utf-16le/ }],
  "marked.csv": ["\uFEFFb1,b2\n1,2\n", { records: 1, fields: ["b1", "b2"] }],
  "huge.csv": [`c1,c2\n1,${"x".repeat(BIG_CELL_BYTES)}\n2,b\n`, { records: 2 }],
  "ends.csv": ["e1,e2\r\n1,2\n3,4\r5,6\r\n", { records: 3 }],
  "nul.csv": ["x1,x2\n1,a\0b\n2,c\n", { records: 2 }],
  "nul-header.csv": ["y\u00001,y2\n1,a\n2,c\n", { records: 2, fields: ["y1", "y2"] }],
  "twice.csv": [
    "d1,d1,,\n1,2,3,4\n",
    { records: 1, fields: ["d1", "d1_1", "column3", "column4"], notes: /without a name[^]*more than once/ },
  ],
  "scalars.json": ["[1,2,3]", { records: 3 }],
  "no such \"name\".v1.2 注文 'x'.csv": ['a"b,c.d,"e\nf",注文,SELECT,#row,"a\'b;--"\n1,2,3,4,5,6,7\n', { records: 1 }],
};

const nameOf = (file: string): string => file.replace(/\.(csv|json|ndjson|parquet)(\.gz)?$/, "");

const assertContainer = (found: ContainerReport, { code, why, records, fields, rejected = [], notes }: Expected): void => {
  assert.equal(found.error?.code, code, `${found.name}: ${found.error?.why ?? "no error"}`);
  if (why) assert.match(found.error!.why, why);
  if (records !== undefined) assert.equal(found.records, records, found.name);
  if (fields)
    assert.deepEqual(
      found.fields.map(({ name }) => name),
      fields,
    );
  assert.equal(found.rejected_lines, rejected.length, found.name);
  for (const [i, [line, reason]] of rejected.entries()) {
    assert.equal(found.rejected_examples[i]!.line, line);
    assert.match(found.rejected_examples[i]!.reason, reason);
  }
  if (notes) assert.match(found.notes.join("\n"), notes);
  assert.ok(
    found.notes.length === 0 || notes !== undefined || found.notes.every((note) => /header|padding/.test(note)),
    found.notes.join("\n"),
  );
};

void describe("bad input", { concurrency: 3 }, () => {
  test("each bad file of a folder is told of, and none spoils another", async () => {
    for (const [name, [content]] of Object.entries(FILES)) write(`files/${name}`, content);
    const all = await report(2, "check", "@files", "--progress", "none");
    for (const [file, [, expected]] of Object.entries(FILES)) {
      const found = all.containers.find(({ name }) => name === file || name === nameOf(file));
      assert.ok(found, `${file} is not in the report: ${all.containers.map(({ name }) => name).join(" | ")}`);
      assertContainer(found, expected);
    }
    assert.equal(all.containers.length, Object.keys(FILES).length);
    assert.equal(all.summary.rejected_lines, 4);
    assert.equal(all.summary.result, "success");
  });

  for (const [name, status] of [
    ["empty.csv", 2],
    ["header.csv", 0],
    ["ragged.csv", 1],
    ["cut.json", 2],
  ] as const)
    test(`the exit status of ${name} alone is ${status}`, async () => {
      write(`alone-${status}/${name}`, FILES[name]![0]);
      const ran = await run("check", `@alone-${status}/${name}`, "--progress", "none");
      assert.equal(ran.status, status, ran.out + ran.err);
    });

  test("a Parquet file cut off, beside one that is whole", async () => {
    const folder = path("parquet");
    mkdirSync(folder);
    await withEngine((connection) =>
      connection.run(`COPY (SELECT range AS k, hash(range) AS v FROM range(50000)) TO '${folder}/whole.parquet' (FORMAT parquet)`),
    );
    const { readFileSync } = await import("node:fs");
    const whole = readFileSync(`${folder}/whole.parquet`);
    write("parquet/cut.parquet", whole.subarray(0, whole.length / 2));
    write("parquet/broken.parquet", Buffer.concat([whole.subarray(0, 1000), Buffer.alloc(whole.length - 2000, 7), whole.subarray(-1000)]));
    const { containers } = await report(2, "check", "@parquet", "--progress", "none");
    const outcome = containers.map(({ name, records, error }) => [name, error?.code ?? records]).sort();
    assert.deepEqual(outcome.filter(([, what]) => what === 50_000).length, 1, JSON.stringify(outcome));
    assert.ok(
      outcome.some(([name, what]) => String(name).startsWith("cut") && what === "SOURCE_UNREADABLE"),
      JSON.stringify(outcome),
    );
  });

  // ── Sources that are none ─────────────────────────────────────────────────────────────────────────────────────

  test("sources that are no sources", async () => {
    write("book.xlsx", "PK\u0003\u0004");
    write("book.ods", "PK\u0003\u0004");
    write("data.xyz", "a\n1\n");
    write("papers/readme.md", "no data");
    mkdirSync(path("void"));
    write("fake.duckdb", "this is no database");
    await withEngine(async (connection) => void (await connection.run(`ATTACH '${path("empty.duckdb")}' AS db`)));
    const cases: [string, RegExp][] = [
      ["@missing.csv", /SOURCE_NOT_FOUND/],
      ["@missing/*.csv", /SOURCE_NOT_FOUND/],
      ["@book.ods", /SOURCE_KIND_UNKNOWN[^]*\.xlsx[^]*\.ods, say/],
      ["@data.xyz", /SOURCE_KIND_UNKNOWN[^]*\.parquet/],
      ["@papers", /SOURCE_WITHOUT_FILES[^]*none of its 1 files/],
      ["@void", /SOURCE_WITHOUT_FILES/],
      ["@missing.duckdb", /SOURCE_NOT_FOUND/],
      ["@empty.duckdb", /SOURCE_WITHOUT_CONTAINERS/],
      ["@fake.duckdb", /SOURCE_UNREADABLE[^]*DuckDB/],
      ["postgres://nobody:topsecret@127.0.0.1:1/x", /CONNECTION_FAILED[^]*nothing listens there/],
      ["postgres://nobody:topsecret@no-such-host.invalid/x", /CONNECTION_FAILED/],
      ["mysql://me:topsecret@db/x", /SOURCE_KIND_UNKNOWN: It is not clear how to read mysql:\/\/db\/x/],
      ["postgres://me:topsecret%@db/x", /OPTION_INVALID[^]*%25/],
      ["s3://bucket/x.parquet", /EXTENSION_MISSING/],
      ["", /OPTION_INVALID[^]*a source is empty/],
    ];
    for (const [source, says] of cases) {
      const ran = await run("check", source, "--progress", "none");
      assert.equal(ran.status, 2, source);
      assert.match(ran.err, says);
      assert.doesNotMatch(ran.err + ran.out, /topsecret/);
    }
  });

  test("a folder without permission", { skip: process.getuid?.() === 0 ? false : "needs root to become somebody else" }, async () => {
    write("closed/a.csv", "a\n1\n");
    write("open/b.csv", "a\n1\n");
    chmodSync(ground.folder, 0o755);
    chmodSync(path("closed"), 0o700);
    chmodSync(path("open/b.csv"), 0o600);
    mkdirSync(path("nobody"));
    chmodSync(path("nobody"), 0o777);
    for (const source of ["closed", "closed/a.csv", "open", "open/b.csv"]) {
      const words = ["check", path(source), "--temp", path("nobody"), "--format", "json"];
      const ran = await spawnTouchstone(words, { uid: 65_534, gid: 65_534, env: { HOME: path("nobody") } }).ended;
      assert.equal(ran.status, 2, source);
      assert.match(ran.err + ran.out, /permission denied/, source);
    }
  });

  // ── Checks that cannot be ─────────────────────────────────────────────────────────────────────────────────────

  const CHECKS: Record<string, readonly [yaml: string, says: RegExp]> = {
    "an unknown rule": ["- rule_type: betwen\n  container: t\n  fields: [v]\n", /c\.yaml:1:14[^]*nearest name is between/],
    "an unknown property": [
      "- rule_type: between\n  container: t\n  fields: [v]\n  properties:\n    min: 1\n    maxx: 2\n",
      /c\.yaml:6:5[^]*maxx/,
    ],
    "a property of the wrong type": [
      "- rule_type: between\n  container: t\n  fields: [v]\n  properties: { min: one, max: 2 }\n",
      /c\.yaml:4:22[^]*number/,
    ],
    "an unknown key": ["- rule_type: notNull\n  container: t\n  field: [v]\n  colour: red\n", /c\.yaml:4:3[^]*colour/],
    "bad syntax": ["- rule_type: [notNull\n  container: t\n", /c\.yaml:2:\d+/],
    "a tab": ["- rule_type: notNull\n\tcontainer: t\n", /c\.yaml:2:1/],
    nothing: ["", /holds no checks/],
    "no checks": ["hello\n", /c\.yaml:1:1/],
  };

  test("files of checks that do not read: file, line and column", async () => {
    write("t.csv", "k,v,s\n1,1,a\n2,2,b\n");
    for (const [name, [yaml, says]] of Object.entries(CHECKS)) {
      write("c.yaml", yaml);
      const ran = await run("scan", "@t.csv", "--checks", "@c.yaml", "--progress", "none");
      assert.equal(ran.status, 2, name);
      assert.match(ran.err, /error CHECKS_FILE_INVALID/, name);
      assert.match(ran.err, says, name);
    }
    write("binary.yaml", Buffer.from([0xff, 0xfe, 0, 1]));
    assert.match((await run("scan", "@t.csv", "--checks", "@binary.yaml")).err, /not UTF-8 text/);
  });

  const UNASSERTED: Record<string, readonly [check: string, code: string, why: RegExp]> = {
    "an unknown field": ["rule_type: notNull, fields: [vv]", "FIELD_UNKNOWN", /nearest name is v/],
    "a field of the wrong type": ["rule_type: between, fields: [s], properties: {min: 1, max: 2}", "FIELD_TYPE_WRONG", /String/],
    "a subquery": ["rule_type: satisfiesExpression, properties: {expression: 'v IN (SELECT 1)'}", "EXPRESSION_INVALID", /subquer/],
    "an unknown function": ["rule_type: satisfiesExpression, properties: {expression: 'sleep(v) > 1'}", "EXPRESSION_INVALID", /sleep/],
    "a wrong type": ["rule_type: satisfiesExpression, properties: {expression: \"upper(v) = 'A'\"}", "EXPRESSION_INVALID", /./],
    "an unknown field in an expression": ["rule_type: satisfiesExpression, properties: {expression: 'w > 1'}", "EXPRESSION_INVALID", /w/],
    "an expression that is no condition": ["rule_type: satisfiesExpression, properties: {expression: 'v + 1'}", "EXPRESSION_INVALID", /./],
    "a statement behind it": ["rule_type: satisfiesExpression, properties: {expression: 'v > 1; DROP TABLE t'}", "EXPRESSION_INVALID", /./],
    "an expression cut off": ["rule_type: notNull, fields: [v], filter: 'v >'", "EXPRESSION_INVALID", /ends/],
    "look-ahead": ["rule_type: matchesPattern, fields: [s], properties: {pattern: 'a(?=b)'}", "PATTERN_INVALID", /./],
    "a back-reference": ["rule_type: matchesPattern, fields: [s], properties: {pattern: '(a)\\1'}", "PATTERN_INVALID", /./],
    "an open bracket": ["rule_type: matchesPattern, fields: [s], properties: {pattern: '[a'}", "PATTERN_INVALID", /./],
    "an unknown reference": [
      "rule_type: existsIn, fields: [s], properties: {ref_container: nowhere, field_name: x}",
      "CONTAINER_UNKNOWN",
      /./,
    ],
  };

  test("checks that cannot run are unasserted with their reason, and the others run", async () => {
    write("u.csv", "k,v,s\n1,1,a\n2,2,b\n");
    const yaml = Object.values(UNASSERTED).map(([check], i) => `- {container: u, description: 'n${i}', ${check}}\n`);
    write("u.yaml", `${yaml.join("")}- {container: u, rule_type: unique, fields: [k]}\n`);
    const found = await report(0, "scan", "@u.csv", "--checks", "@u.yaml", "--progress", "none");
    const { checks } = found.containers[0]!;
    assert.equal(checks.length, yaml.length + 1);
    for (const [i, [name, [, code, why]]] of Object.entries(UNASSERTED).entries()) {
      assert.deepEqual([checks[i]!.status, checks[i]!.error?.code], ["unasserted", code], `${name}: ${checks[i]!.error?.why ?? ""}`);
      assert.match(`${checks[i]!.error!.what} ${checks[i]!.error!.why}`, why, name);
    }
    assert.equal(checks.at(-1)!.status, "passed");
  });

  test("checks of a container that is not there", async () => {
    write("v.csv", "k\n1\n");
    write("v.yaml", "- {container: w, rule_type: unique, fields: [k]}\n- {container: v, rule_type: unique, fields: [k]}\n");
    const { containers } = await report(2, "scan", "@v.csv", "--checks", "@v.yaml", "--progress", "none");
    assert.deepEqual(
      containers.map(({ name, result, error }) => [name, result, error?.code]),
      [
        ["w", "failure", "CONTAINER_UNKNOWN"],
        ["v", "success", undefined],
      ],
    );
  });
});
