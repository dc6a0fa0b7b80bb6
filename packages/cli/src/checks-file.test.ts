import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { QualityCheck } from "@touchstone/core/model/check";
import { checksFromText, checksToYaml, readChecks, readChecksFile, writeChecksFile } from "./checks-file.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-checks-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const BETWEEN = "rule_type: between\ncontainer: orders\nfields: [amount]\nproperties: {min: 1, max: 5}\n";

/** Faults of a text: `line:column reason`. */
const faults = (text: string): string[] =>
  checksFromText(text, "f").errors.map(({ what, why }) => `${/^f:(\d+:\d+)/.exec(what)?.[1] ?? what} ${why}`);

const refuses = (name: string, text: string, ...expected: [place: string, reason: RegExp][]) =>
  test(`refuses ${name}`, () => {
    const found = faults(text);
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [i, [place, reason]] of expected.entries()) {
      assert.ok(found[i]!.startsWith(`${place} `), `${found[i]} should be at ${place}`);
      assert.match(found[i]!, reason);
    }
  });

refuses("an unknown rule", "- rule_type: betwen\n  container: orders\n", ["1:14", /nearest name is between/]);
refuses("an unknown property", "rule_type: between\ncontainer: o\nfields: a\nproperties:\n  min: 1\n  max: 2\n  inclusive_mn: true\n", [
  "7:3",
  /nearest name is inclusive_min/,
]);
refuses("a property of the wrong type", "rule_type: between\ncontainer: o\nfields: a\nproperties:\n  min: 1\n  max: much\n", [
  "6:8",
  /property max.*number/,
]);
refuses("a missing property", "rule_type: between\ncontainer: o\nfields: a\nproperties: {min: 1}\n", ["4:1", /max.*is missing/]);
refuses("properties that contradict", "rule_type: between\ncontainer: o\nfields: a\nproperties: {min: 5, max: 1}\n", [
  "4:19",
  /must not exceed/,
]);
refuses(
  "an unknown key",
  "container: o\nrule_type: between\nfeilds: [a]\nproperties: {min: 1, max: 2}\n",
  ["3:1", /nearest name is fields/],
  ["1:1", /takes one field/],
);
refuses("a field that is no text", "rule_type: between\ncontainer: o\nfields:\n  - 5\nproperties: {min: 1, max: 2}\n", [
  "4:5",
  /not a text/,
]);
refuses("a wrong number of fields", "rule_type: between\ncontainer: o\nfields: [a, b]\nproperties: {min: 1, max: 2}\n", [
  "3:9",
  /takes one field/,
]);
refuses("a coverage above 1", `${BETWEEN}coverage: 99\n`, ["5:11", /coverage is a fraction/]);
refuses("a status", `${BETWEEN}status: On\n`, ["5:9", /Active, Draft, Archived/]);
const warns = (name: string, text: string, [position, why]: [string, RegExp]) =>
  test(`reads ${name} as a check that cannot be asserted`, () => {
    const { checks, errors, warnings } = checksFromText(text, "c.yaml");
    assert.deepEqual([checks.length, errors.length], [1, 0]);
    assert.match(`${warnings[0]?.what} ${warnings[0]?.why}`, why);
    assert.ok(warnings[0]?.what.includes(`c.yaml:${position}`), warnings[0]?.what);
  });
warns("a broken filter", `${BETWEEN}filter: amount >\n`, ["5:9", /ends where a value is expected/]);
warns("a subquery", `${BETWEEN}filter: id IN (SELECT 1)\n`, ["5:9", /subqueries/]);
refuses("a retired rule", "rule_type: userDefinedFunction\n", ["1:12", /retired/]);
refuses("the number of a container", `${BETWEEN}container_id: 5\n`, ["5:1", /name it with container/]);
refuses("no container", "rule_type: between\nfields: a\nproperties: {min: 1, max: 2}\n", ["1:1", /container: it is missing/]);
refuses("YAML that is cut", "- rule_type: between\n  container: [\n", ["3:1", /sufficiently indented|Flow sequence/]);
refuses("a repeated key", "container: o\ncontainer: p\n", ["2:1", /unique/]);
refuses("an unknown tag", "- !!js/function {a: 1}\n", ["1:3", /tag/]);
refuses("nothing", "", ["1:1", /no checks/]);
refuses("a number", "5\n", ["1:1", /expected/]);
refuses("a list of numbers", "- 5\n", ["1:3", /not a mapping/]);
refuses("keys beside checks", "chekcs: []\nchecks: []\n", ["1:1", /no meaning beside/]);
refuses(
  "several faults at once",
  `- ${BETWEEN.replaceAll("\n", "\n  ").trim()}\n- rule_type: nope\n- rule_type: betwen\n`,
  ["5:14", /no rule nope/],
  ["6:14", /nearest name is between/],
);
refuses(
  "aliases that multiply",
  `a: &a [${"l,".repeat(20)}]\nb: &b [${"*a,".repeat(20)}]\nrule_type: [${"*b,".repeat(20)}]\n`,
  ["1:1", /alias/],
  ["1:1", /rule_type is missing/],
);

test("at most twenty faults of a file", () => assert.equal(faults("- rule_type: nope\n".repeat(50)).length, 20));

test("all forms of a file", () => {
  const count = (text: string) => checksFromText(text, "f").checks.length;
  assert.equal(count(BETWEEN), 1);
  assert.equal(count(`${BETWEEN}---\n${BETWEEN}`), 2);
  assert.equal(count(`- ${BETWEEN.replaceAll("\n", "\n  ").trim()}\n`), 1);
  assert.equal(count(`checks:\n- ${BETWEEN.replaceAll("\n", "\n  ").trim()}\n`), 1);
  assert.equal(count('[\n\t{"rule": "between", "container_name": "o", "fields": ["a"], "properties": {"min": 1, "max": 2}}\n]'), 1);
  assert.equal(count("[]"), 0);
  assert.equal(count("checks: []\n"), 0);
  assert.equal(count(`\ufeff${BETWEEN}`), 1);
});

const CHECK = QualityCheck.parse({ rule_type: "between", container: "orders", fields: ["amount"], properties: { min: 1, max: 5 } });

const CHECKS: QualityCheck[] = [
  CHECK,
  {
    ...CHECK,
    container: "my table: 'x' # no comment",
    fields: ['a "quoted" field'],
    description: "first line\nsecond line: - \t* & ! %\n",
    coverage: 0.995,
    filter: "name = 'O''Neil' AND note <> \"x\" -- ".replace(" -- ", ""),
    tags: ["yes", "null", "0x1", "1e3", " lead", "trail ", "", "ünïcode 😀", "2024-01-01"],
    status: "Draft",
    null_policy: "fail",
    anomaly_message_field: "note",
    additional_metadata: { control: "PRC-07", nested: { list: [1, true, null] } },
  },
  {
    ...CHECK,
    inferred: true,
    evidence: { text: "Held on 500 of 500 rows: never above 5.", support: 500, held_out_pass_ratio: 1, confidence: 0.992, alerts: null },
  },
];

test("what is written reads back", () => {
  const text = checksToYaml(CHECKS);
  const { lines, ...read } = checksFromText(text, "f");
  assert.deepEqual(read, { checks: CHECKS, errors: [], warnings: [] });
  for (const line of lines) assert.match(text.split("\n")[line - 1]!, /^- /);
  for (const name of ["checks.yaml", "checks.json"]) {
    writeChecksFile(CHECKS, join(folder, name));
    assert.deepEqual(readChecksFile(join(folder, name)), CHECKS);
  }
  assert.deepEqual(readdirSync(folder).sort(), ["checks.json", "checks.yaml"]);
});

test("keys stand in their order and lines are not folded", () => {
  const yaml = checksToYaml([{ ...CHECKS[1]!, filter: "x ".repeat(200).trim() }]);
  const keys = [...yaml.matchAll(/^(?:- |  )([a-z_]+):/gm)].map((found) => found[1]);
  assert.deepEqual(keys, [
    "rule_type",
    "description",
    "container",
    "fields",
    "coverage",
    "filter",
    "null_policy",
    "anomaly_message_field",
    "properties",
    "tags",
    "status",
    "additional_metadata",
  ]);
  assert.ok(yaml.includes("x ".repeat(200).trim()));
});

test("folders, and files that cannot be read", () => {
  const nested = join(folder, "exported", "orders");
  mkdirSync(nested, { recursive: true });
  writeFileSync(join(nested, "between__amount.yaml"), BETWEEN);
  writeFileSync(join(nested, "README.md"), "not a check");
  writeFileSync(join(folder, "exported", "bad.yml"), Buffer.from([0x61, 0xff]));
  writeFileSync(join(folder, "exported", "big.json"), Buffer.alloc(10 * 1024 * 1024 + 1, 32));
  const { checks, errors } = readChecks(join(folder, "exported"));
  assert.equal(checks.length, 1);
  assert.deepEqual(errors.map(({ why }) => why).sort(), ["it is larger than 10 MB", "it is not UTF-8 text"]);
  assert.throws(
    () => readChecksFile(join(folder, "exported")),
    (error) => error instanceof UserError && error.info.code === "CHECKS_FILE_INVALID" && error.info.why.split("\n").length === 2,
  );
  assert.throws(
    () => readChecksFile(join(folder, "missing.yaml")),
    (error) => error instanceof UserError && error.info.code === "SOURCE_NOT_FOUND",
  );
  assert.throws(
    () => writeChecksFile(CHECKS, join(folder, "no", "such", "folder.yaml")),
    (error) => error instanceof UserError && error.info.code === "FILE_UNWRITABLE",
  );
});
