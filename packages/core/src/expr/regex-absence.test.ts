import assert from "node:assert/strict";
import { test } from "node:test";
import { absenceOf, anyOf } from "./regex-absence.ts";
import { parseRegex, toJavaScript } from "./regex.ts";

/** All texts of up to four of these characters, and some longer ones. */
const ALPHABET = ["a", "b", "1", "-", "\n", "é"];
const words = (length: number): string[] =>
  length === 0 ? [""] : words(length - 1).flatMap((word) => ALPHABET.map((char) => word + char));
const TEXTS = [0, 1, 2, 3, 4].flatMap(words).concat(["aaaaa", "aaaaa1", "abab-1", "aab-11", "ab-111", "aa-1-", "😀", "\0"]);

/** The absence is found in a text exactly when the pattern is not. */
const check = (pattern: string): void => {
  void test(`the absence of ${pattern}`, () => {
    const regex = parseRegex(pattern);
    const absence = absenceOf(regex);
    assert.ok(absence !== null);
    const [present, absent] = [toJavaScript(regex), toJavaScript(absence)];
    assert.deepEqual(
      TEXTS.filter((text) => present.test(text) === absent.test(text)),
      [],
    );
  });
};
check("^[a-z]+$");
check("^[a-z]*$");
check("^[^a]+$");
check("^.*$");
check("^.+$");
check("^a$");
check("^[ab]{2}$");
check("^[ab]{1,3}$");
check("^[ab]{0,2}$");
check("^[ab]{2,}$");
check("^ab-1$");
check("^[ab]{2}-[0-9]+$");
check("^[ab]+-[0-9]{2}$");
check("^[ab]{2,3}[0-9]+-$");
check("^[ab]{1,2}[0-9]{1,2}$");
check("^(?i)A[^b]$".replace("^(?i)", "(?i)^"));

const refuses = (pattern: string): void => {
  void test(`no short absence of ${pattern}`, () => assert.equal(absenceOf(parseRegex(pattern)), null));
};
refuses("a");
refuses("^a");
refuses("^$");
refuses("^(a|b)$");
refuses("^[a-z]+a$");
refuses("^a*b$");
refuses("^(ab)+$");
refuses("^[a-z]{0,900}$");

void test("any of several", () => {
  const joined = toJavaScript(anyOf(["^a|b$", "1"].map(parseRegex)));
  assert.deepEqual(
    ["ax", "xb", "-1-", "xa", ""].map((text) => joined.test(text)),
    [true, true, true, false, false],
  );
});
