import assert from "node:assert/strict";
import { test } from "node:test";
import { field, isNull, matches, not } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { duckdb } from "../dialects/duckdb.ts";
import { renderExpr } from "../dialects/render.ts";
import { maskWords, searchOf, setBits, WORD_BITS } from "./mask.ts";

const note = field("note", "String");
const title = field("title", "String");
const write = (expr: Expr): string => renderExpr(expr, { dialect: duckdb, now: "2031-01-01T00:00:00Z" });
const bitOf = (violates: Expr) => ({ sql: write(violates), search: searchOf(violates) });

/** How many texts are searched for several patterns at once. */
const check = (name: string, predicates: Expr[], joined: number): void => {
  void test(name, () => {
    const sql = maskWords(predicates.map(bitOf), { dialect: duckdb, write }).join("\n");
    assert.equal(sql.split(") THEN CASE WHEN").length - 1, joined);
    for (const predicate of predicates) assert.ok(sql.includes(write(predicate)));
  });
};
const digits = matches(note, "[0-9]{2}");
const lower = not(matches(note, "^[a-z ]+$"));
const mark = matches(note, "#");
check("patterns on one text are joined", [digits, lower, mark], 1);
check("one pattern stands alone", [digits, isNull(note)], 0);
check("what is no regular expression to the engine is not worth joining", [mark, matches(note, "!"), digits], 0);
check("patterns on different texts are not joined", [digits, matches(title, "[0-9]{2}")], 0);
check("nor are those whose absence has no pattern", [digits, not(matches(note, "[a-z]{2}"))], 0);
check(
  "each word joins its own",
  Array.from({ length: WORD_BITS + 2 }, (_, i) => matches(note, `[0-9]{${i + 1}}`)),
  2,
);

void test("set bits are counted through the words", () => {
  assert.deepEqual(setBits({ mask_0: 5n, mask_1: 2 }, 2), [0, 2, 61]);
});
