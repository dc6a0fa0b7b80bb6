import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRegex, toJavaScript } from "@touchstone/core/expr/regex";
import { maskOf, patternsOf } from "./masks.ts";

const check = (text: string, exact: string, folded: string, isRegexPossible = true): void => {
  const shapes = [maskOf(text, false), maskOf(text, true)];
  assert.deepEqual(
    shapes.map(({ mask }) => mask),
    [exact, folded],
  );
  for (const { regex } of shapes) {
    assert.equal(regex !== null, isRegexPossible, `${text}: ${regex}`);
    if (regex !== null) assert.match(text, toJavaScript(parseRegex(regex)), `${regex} matches ${text}`);
  }
};

test("masks generalise, and their expressions match the text", () => {
  check("AB-1234", "AA-9999", "A+-9+");
  check("John Smith", "Aaaa Aaaaa", "A+a+ A+a+");
  check("a.b@c.de", "a.a@a.aa", "a+.a+@a+.a+");
  check("+49 (0)", "\\+99 (9)", "\\+9+ (9+)");
  check("C:\\x", "A:\\\\a", "A+:\\\\a+");
  check("", "", "");
  check("--", "--", "--");
  check("Åse", "Aaa", "A+a+", false);
  check("ß1", "a9", "a+9+", false);
  check("日本", "aa", "a+", false);
  check("👍🏽 ok", "👍🏽 aa", "👍🏽 a+");
  check("tab\there", "aaa\taaaa", "a+\ta+", false);
  check("[x]{2}^$|?*.", "[a]{9}^$|?*.", "[a+]{9+}^$|?*.");
  check("1".repeat(41), "9+", "9+");
});

test("long texts are cut and have no expression", () => {
  const { mask, regex } = maskOf("a1".repeat(100), false);
  assert.equal(mask, `${"a9".repeat(30)}…`);
  assert.equal(regex, null);
});

test("a field has exact masks when a few describe it, else folded ones", () => {
  const values = (...texts: string[]) => texts.map((value) => ({ value, count: 1 }));
  assert.deepEqual(patternsOf(values("A1", "B2", "C33", "")), [
    { mask: "A9", count: 2, ratio: 2 / 3, regex: "^[A-Z][0-9]$" },
    { mask: "A99", count: 1, ratio: 1 / 3, regex: "^[A-Z][0-9]{2}$" },
  ]);
  const words = Array.from({ length: 30 }, (_, i) => "x".repeat(i + 1));
  assert.deepEqual(patternsOf(values(...words)), [{ mask: "a+", count: 30, ratio: 1, regex: "^[a-z]+$" }]);
  assert.deepEqual(patternsOf(values("ab", "éa")), [{ mask: "aa", count: 2, ratio: 1, regex: null }]);
  assert.deepEqual(patternsOf([{ value: "", count: 3 }]), []);
});
