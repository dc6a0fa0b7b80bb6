/** Text constants read back by a small lexer of each engine's rules: nothing in a value can end the constant it stands in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { text } from "@touchstone/core/expr/expr";
import { ADVERSARIAL_TEXTS } from "../conformance/function-cases.ts";
import { DIALECTS } from "./index.ts";
import { plainPattern, type PlainPattern } from "./pattern.ts";
import { parseRegex } from "@touchstone/core/expr/regex";

/** The text of a whole constant, `E'…'` with backslash escapes; null when characters are left behind its end. */
const readBack = (sql: string): string | null => {
  const escapes = sql.startsWith("E'");
  let value = "";
  let at = escapes ? 2 : 1;
  for (; at < sql.length; at++) {
    if (sql[at] === "'" && sql[at + 1] !== "'") break;
    if (sql[at] === "'" || (escapes && sql[at] === "\\")) at++;
    value += sql[at];
  }
  return at === sql.length - 1 ? value : null;
};

for (const dialect of Object.values(DIALECTS)) {
  test(`text constants of ${dialect.title}`, () => {
    for (const value of ADVERSARIAL_TEXTS) assert.equal(readBack(dialect.literal(text(value))), value);
  });
}

test("a NUL character: spelled for DuckDB, refused for Postgres", () => {
  assert.equal(DIALECTS.duckdb.literal(text("a\0'b")), "('a' || chr(0) || '''b')");
  assert.throws(() => DIALECTS.postgres.literal(text("a\0b")), { name: "UserError" });
});

test("half a surrogate pair becomes what drivers would make of it", () => {
  assert.equal(DIALECTS.duckdb.literal(text("\ud800")), "'\ufffd'");
});

const check = (pattern: string, expected: PlainPattern | null): void =>
  assert.deepEqual(plainPattern(parseRegex(pattern)), expected, pattern);

test("patterns that mean something plain", () => {
  check("^abc$", { kind: "equals", text: "abc" });
  check("^abc", { kind: "startsWith", text: "abc" });
  check("abc$", { kind: "endsWith", text: "abc" });
  check("a\\.c", { kind: "contains", text: "a.c" });
  check("^(a|bc|)$", { kind: "oneOf", texts: ["a", "bc", ""] });
  check("^👍$", { kind: "equals", text: "👍" });
  for (const pattern of [
    "",
    "^",
    "$",
    "^$",
    "a|b",
    "^a|b$",
    "a.c",
    "a*",
    "^a^b",
    "a$b",
    "(?i)a",
    "^(a|b)",
    "^(a|b)c$",
    "a$$",
    "\\ba",
    "[a]b?",
  ])
    check(pattern, null);
});
