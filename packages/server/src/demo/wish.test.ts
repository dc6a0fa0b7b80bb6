import assert from "node:assert/strict";
import { test } from "node:test";
import { demoWish } from "./wish.ts";

const URL = "postgres://store.example.org/touchstone";

const CASES: [string, Parameters<typeof demoWish>, ReturnType<typeof demoWish>][] = [
  ["a laptop has one", [{ demo: "auto", database_url: null }, true], "auto"],
  ["a store on a server has none", [{ demo: "auto", database_url: URL }, true], null],
  ["where nobody works there is none", [{ demo: "auto", database_url: null }, false], null],
  ["who asks has one", [{ demo: "yes", database_url: URL }, false], "yes"],
  ["who wants none has none", [{ demo: "no", database_url: null }, true], null],
];

for (const [name, given, expected] of CASES) test(name, () => assert.equal(demoWish(...given), expected));
