import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../errors.ts";
import { ARE_STYLE, parseRegex, printRegex, RE2_STYLE, toJavaScript } from "./regex.ts";

const finds = (pattern: string, found: readonly string[], missed: readonly string[]) =>
  test(`finds ${pattern}`, () => {
    const regex = toJavaScript(parseRegex(pattern));
    for (const text of found) assert.ok(regex.test(text), `${pattern} should be found in ${JSON.stringify(text)}`);
    for (const text of missed) assert.ok(!regex.test(text), `${pattern} should not be found in ${JSON.stringify(text)}`);
  });

finds("^INV-\\d{5}$", ["INV-12345"], ["INV-1234", "xINV-12345", "INV-12345\n", "INV-１２３４５"]);
finds("b", ["abc"], ["", "ac"]);
finds("", ["", "x"], []);
finds("^$", [""], ["\n", "x"]);
finds("\\Ax\\z", ["x"], ["x\n", "yx"]);
finds("a.c", ["abc", "a\rc", "a\u2028c", "a😀c"], ["a\nc", "ac"]);
finds("^.{1}$", ["😀", "é"], ["ab"]);
finds("\\bcat\\b", ["a cat.", "cat", "écat"], ["concat", "cats"]);
finds("\\Bcat", ["concat"], ["cat"]);
finds("[^\\d\\s]", ["a", "٣"], ["1", " ", "1 2"]);
finds("[\\D]", ["a"], ["1"]);
finds("[\\w.+-]+@[\\w-]+", ["a.b+c@d-e"], ["@x", "é@"]);
finds("[[:alpha:]_][[:^digit:]]", ["ab", "_-"], ["a1", "1a"]);
finds("[a\\-z]", ["-", "a"], ["b"]);
finds("[+--]", ["+", ",", "-"], ["."]);
finds("[-a]", ["-", "a"], ["b"]);
finds("(?i)straße|ÉTÉ", ["STRAßE", "été", "Straße"], ["STRASSE", "ete"]);
finds("(?i)[a-c]x", ["BX", "ax"], ["dx"]);
finds("(?i)[^a]", ["b"], ["a", "A"]);
finds("(?i)k", ["K"], ["\u212a"]);
finds("(?:ab|c){2,3}?$", ["abc", "abcab"], ["c", "ab"]);
finds("(a|(b|))c", ["c", "ac"], ["a"]);
finds("\\x41\\u0042\\x{1F600}", ["AB😀"], ["ab"]);
finds('\\t\\n\\r\\f\\v\\.\\/\\\\\\"\\-', ['\t\n\r\f\v./\\"-'], [""]);
finds("a]}", ["a]}"], ["a"]);
finds("x{0,300}y", ["y", "xxy"], ["x"]);

const refuses = (pattern: string, position: number, reason: RegExp) =>
  test(`refuses ${pattern.slice(0, 30)}`, () => {
    assert.throws(
      () => parseRegex(pattern),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.info.code, "PATTERN_INVALID");
        assert.match(error.info.why, reason);
        assert.match(error.info.what, new RegExp(`position ${position}\\)$`));
        return true;
      },
    );
  });

refuses("(?=a)", 2, /look-around/);
refuses("(?<!a)b", 2, /look-around/);
refuses("(a)\\1", 4, /back-references/);
refuses("a++", 3, /possessive/);
refuses("a**", 3, /quantifier follows/);
refuses("a{2}{3}", 5, /quantifier follows/);
refuses("(?>a)", 2, /atomic/);
refuses("(?<n>a)", 2, /named groups/);
refuses("a(?i)b", 3, /only at the very start/);
refuses("(?s)a", 2, /only \(\?i\)/);
refuses("\\p{L}", 1, /Unicode properties/);
refuses("\\q", 1, /not an escape/);
refuses("a\\", 2, /backslash ends/);
refuses("(a", 1, /never closed/);
refuses("a)", 2, /closes nothing/);
refuses("[a", 1, /never closed/);
refuses("[]a]", 2, /empty class/);
refuses("[[a]", 2, /bare \[/);
refuses("[a&&b]", 3, /&&/);
refuses("[z-a]", 2, /wrong order/);
refuses("[a-\\d]", 2, /end with a class/);
refuses("[[:nope:]]", 2, /no class/);
refuses("*a", 1, /nothing before/);
refuses("a|*", 3, /nothing before/);
refuses("^*", 1, /anchor/);
refuses("a{1001}", 2, /at most 1000/);
refuses("(?:a{100}){11}", 1, /multiply/);
refuses("a{3,2}", 2, /wrong order/);
refuses("a{b}", 2, /not a repeat count/);
refuses("\u0000", 1, /NUL/);
refuses("\\ud800", 1, /surrogate/);
refuses("\\Z", 1, /\$ for the very end/);
refuses("(".repeat(60), 51, /nested deeper/);
refuses("a".repeat(4001), 4001, /longer than/);

test("prints for each engine", () => {
  const check = (pattern: string, re2: string, are: string) => {
    assert.equal(printRegex(parseRegex(pattern), RE2_STYLE), re2);
    assert.equal(printRegex(parseRegex(pattern), ARE_STYLE), are);
  };
  check("^INV-\\d+$", "^INV-[0-9]+$", "\\AINV-[0-9]+\\Z");
  check("a.b", "a[^\\x{A}]b", "a[^\\u000A]b");
  check("[\\]^-]", "[\\]\\^\\-]", "[\\u005D\\u005E\\u002D]");
  check("(?i)ab", "[Aa][Bb]", "[Aa][Bb]");
  check("x{300}", "x{300}", "x{255}x{45}");
  check("x{2,600}", "x{2,600}", "x{2,255}x{0,255}x{0,90}");
  check("x{300,}", "x{300,}", "x{255}x{45,}");
  check("[\\D]", "[\\x{0}-/:-\\x{10FFFF}]", "[\\u0001-/:-\\U0010FFFF]");
  check("(a|b)(c)?", "(?:a|b)c?", "(?:a|b)c?");
});
