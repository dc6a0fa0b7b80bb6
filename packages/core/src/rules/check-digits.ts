/** Check digits, as expressions that every engine can run. */
import { add, bool, call, eq, isNotNull, length, num, text, when, type Expr } from "../expr/expr.ts";

/** Longest card number (ISO/IEC 7812-1). */
export const CARD_DIGITS_MAX = 19;

/** The digit at a position, as a number: its place among the digits. */
const digitAt = (digits: Expr, position: number): Expr =>
  call("position", text("123456789"), call("substring", digits, num(position), num(1)));

/** Twice the digit, less nine where that has two digits: its place in the order 1 gives 2, 2 gives 4 … 5 gives 1. */
const doubledAt = (digits: Expr, position: number): Expr =>
  call("position", text("516273849"), call("substring", digits, num(position), num(1)));

/**
 * The text of 12 to 19 digits satisfies the Luhn formula (ISO/IEC 7812-1 annex B): from the right, every second digit is
 * doubled, nine is taken off where that gives more than nine, and the sum is a multiple of ten. Positions behind the last
 * digit count as zero. Must only be asked of texts that are digits.
 */
export const luhnHolds = (digits: Expr): Expr => {
  const padded = call("concat", digits, text("0".repeat(CARD_DIGITS_MAX)));
  const sumDoubling = (odd: boolean): Expr =>
    Array.from({ length: CARD_DIGITS_MAX }, (_, at) => (at % 2 === (odd ? 0 : 1) ? doubledAt : digitAt)(padded, at + 1)).reduce(add);
  const isEven = eq(call("mod", length(digits), num(2)), num(0));
  return eq(call("mod", when(isEven, sumDoubling(true), sumDoubling(false)), num(10)), num(0));
};

/** The test where the shape is right, false where it is not, NULL for NULL: a digit is never read from what is no digit. */
export const whereKnown = (operand: Expr, hasShape: Expr, test: Expr): Expr => ({
  kind: "case",
  whens: [
    { when: hasShape, then: test },
    { when: isNotNull(operand), then: bool(false) },
  ],
  otherwise: null,
});
