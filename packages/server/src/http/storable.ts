/**
 * Texts that JSON can carry and Postgres cannot: U+0000 (https://www.postgresql.org/docs/current/datatype-character.html) and halves of
 * surrogate pairs, which are no characters (https://www.postgresql.org/docs/current/datatype-json.html). They are refused at the border,
 * and so is what is nested without end.
 */
import type { Place } from "./problem.ts";

const reasonOf = (text: string): string | null => {
  if (text.includes("\u0000")) return "it holds the character U+0000";
  return text.isWellFormed() ? null : "it holds half a character";
};

type Step = string | number;

/** Deepest nesting of a request: what walks it, here and in the store, does so by calling itself. */
const DEPTH_MAX = 100;

/** The places of a value, and of the names in it, that cannot be kept. */
export const unstorable = (value: unknown, at: readonly Step[]): Place[] => {
  if (typeof value === "string") {
    const reason = reasonOf(value);
    return reason === null ? [] : [{ loc: [...at], msg: reason, type: "text_invalid" }];
  }
  if (at.length > DEPTH_MAX) return [{ loc: at.slice(0, 10), msg: `it is nested deeper than ${DEPTH_MAX} levels`, type: "too_deep" }];
  if (Array.isArray(value)) return value.flatMap((inner: unknown, i) => unstorable(inner, [...at, i]));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const reason = reasonOf(key);
    return reason === null ? unstorable(inner, [...at, key]) : [{ loc: [...at], msg: `a name in it: ${reason}`, type: "text_invalid" }];
  });
};
