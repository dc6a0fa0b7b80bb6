import assert from "node:assert/strict";
import { test } from "node:test";
import { unstorable } from "./storable.ts";

const check = (name: string, value: unknown, expected: (string | number)[][]) =>
  test(name, () =>
    assert.deepEqual(
      unstorable(value, ["body"]).map(({ loc }) => loc),
      expected,
    ),
  );

check("plain texts", { a: "ü😀\n\t", b: [1, null, true, ""] }, []);
check("a text", "\u0000", [["body"]]);
check("inside a list inside a mapping", { a: [{ b: "x\u0000y" }, "ok"] }, [["body", "a", 0, "b"]]);
check("a name", { "a\u0000": 1 }, [["body"]]);
check("the first half of a pair", { a: "\ud83d" }, [["body", "a"]]);
check("the second half of a pair", { a: "\ude00 " }, [["body", "a"]]);
check(
  "several",
  ["\u0000", "x", "\ud800"],
  [
    ["body", 0],
    ["body", 2],
  ],
);

const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 1);
check("nested, but not too deep", nested(90), []);
check("nested without end", JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`), [["body", ...Array.from({ length: 9 }, () => 0)]]);
