/** Comparisons of two measured numbers, by their words on the wire. */
import { z } from "zod";

const WORDS = { eq: "equal to", lt: "less than", lte: "at most", gte: "at least", gt: "more than" } as const;
export type Comparison = keyof typeof WORDS;
export const comparisonWords: Readonly<Record<Comparison, string>> = WORDS;

const SPELLINGS: Readonly<Record<string, Comparison>> = {
  exactly: "eq",
  "equal to": "eq",
  "=": "eq",
  "==": "eq",
  "fewer than": "lt",
  "less than": "lt",
  "<": "lt",
  "at most": "lte",
  "<=": "lte",
  "at least": "gte",
  ">=": "gte",
  "more than": "gt",
  "greater than": "gt",
  ">": "gt",
};

/** eq, lt, lte, gte or gt; their words and signs are understood. */
export const comparison = z
  .preprocess(
    (given) => (typeof given === "string" ? (SPELLINGS[given.trim().toLowerCase()] ?? given) : given),
    z.enum(["eq", "lt", "lte", "gte", "gt"]),
  )
  .describe("eq, lt, lte, gte or gt");

/** Equality grants a slack, absolute and for the rounding of sums of fractions. */
export const compares = (a: number, b: number, how: Comparison, slack = 0): boolean => {
  const equal = Math.abs(a - b) <= slack + ROUNDING * Math.max(Math.abs(a), Math.abs(b));
  switch (how) {
    case "eq":
      return equal;
    case "lt":
      return a < b && !equal;
    case "lte":
      return a < b || equal;
    case "gte":
      return a > b || equal;
    case "gt":
      return a > b && !equal;
  }
};

// Sums of doubles in another order differ in the last bits.
const ROUNDING = 1e-12;
