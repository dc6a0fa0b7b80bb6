import assert from "node:assert/strict";
import { test } from "node:test";
import { edits, nearByChance } from "./spelling.ts";
import { binomialTail, discoveryThreshold, quantileOf, wilsonLower, wilsonUpper } from "./statistics.ts";

const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-3, `${actual} is not ${expected}`);

test("Wilson interval", () => {
  near(wilsonLower(8, 10), 0.49);
  near(wilsonUpper(0, 100), 0.037);
  near(wilsonLower(0, 0), 0);
});

test("false discovery rate: sorted p-values against a rising line", () => {
  assert.equal(discoveryThreshold([0.001, 0.008, 0.039, 0.041, 0.6], 5, 0.05), 0.041);
  assert.equal(discoveryThreshold([0.5, 0.9], 2, 0.05), -1);
  assert.equal(discoveryThreshold([0.04], 100, 0.05), -1);
});

test("binomial tail", () => {
  near(binomialTail(3, 4, 0.5), 5 / 16);
  near(binomialTail(0, 4, 0.5), 1);
  near(binomialTail(4, 4, 0.1), 0.0001);
});

test("quantiles", () => {
  assert.equal(quantileOf([1, 2, 3, 4], 0.5), 2.5);
  assert.ok(Number.isNaN(quantileOf([], 0.5)));
});

const SPELLINGS: [string, string, number, ReturnType<typeof edits>][] = [
  ["Paris", "Pairs", 2, { distance: 1, digits: false, substitutions: 0 }],
  ["Paris", "Pari", 1, { distance: 1, digits: false, substitutions: 0 }],
  ["Paris", "Parix", 1, { distance: 1, digits: false, substitutions: 1 }],
  ["Zone 1", "Zone 2", 1, { distance: 1, digits: true, substitutions: 1 }],
  ["Zone 1", "Zone 12", 1, { distance: 1, digits: true, substitutions: 0 }],
  ["50-4 years", "50-64 yers", 2, { distance: 2, digits: true, substitutions: 0 }],
  ["Paris", "London", 3, null],
  ["", "a", 1, { distance: 1, digits: false, substitutions: 0 }],
  ["same", "same", 0, { distance: 0, digits: false, substitutions: 0 }],
];
for (const [a, b, most, expected] of SPELLINGS) test(`edits: ${a} | ${b}`, () => assert.deepEqual(edits(a, b, most), expected));

test("short texts are near by chance, long ones are not", () => {
  const chance = (a: string, b: string) => nearByChance(a, b, edits(a, b, 3)!);
  assert.ok(chance("AB", "AC") > 0.1);
  assert.ok(chance("Birmingham", "Birminghm") < 1e-3);
});
