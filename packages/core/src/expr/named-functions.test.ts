import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NAMED_FUNCTIONS, namedFunction } from "./named-functions.ts";
import { parseExpression } from "./parse.ts";

const docs = readFileSync(new URL("../../../../docs/expressions.md", import.meta.url), "utf8");
const cell = (text: string) => text.replaceAll("|", "\\|");

test("the documentation lists every function as it is", () => {
  for (const { names, signature, docs: meaning } of NAMED_FUNCTIONS) {
    const others = names
      .slice(1)
      .map((name) => `\`${name}\``)
      .join(", ");
    const line = `| \`${cell(signature)}\` | ${others} | ${cell(meaning)} |`;
    assert.ok(docs.includes(line), `docs/expressions.md lacks: ${line}`);
  }
});

test("no name is given to two functions", () => {
  const names = NAMED_FUNCTIONS.flatMap((fn) => fn.names);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(namedFunction(name.toLowerCase()));
});

test("every function can be called with unknown fields", () => {
  const special: Record<string, string> = {
    DATE_PART: "'year', t",
    DATE_TRUNC: "'year', t",
    TRUNC: "t, 'year'",
    REGEXP_LIKE: "t, 'a'",
    DATE_ADD: "t, 1",
    DATE_SUB: "t, 1",
    ADD_MONTHS: "t, 1",
  };
  for (const { names, arity } of NAMED_FUNCTIONS) {
    const args = special[names[0]!] ?? Array.from({ length: arity[0] }, (_, i) => `f${i}`).join(", ");
    for (const name of names) assert.ok(parseExpression(`${name}(${args})`, { fields: null, container: "x" }));
  }
});

test("the examples of the documentation parse", () => {
  const example = /```sql\n([^`]*)```/.exec(docs)![1]!;
  for (const line of example.trim().split("\n"))
    assert.ok(parseExpression(line.replace(/ +--.*/, ""), { fields: null, container: "x", allowAggregates: line.startsWith("SUM") }));
});
