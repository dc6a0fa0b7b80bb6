/** Check digits, as expressions that every engine can run. */
import { add, bool, call, cast, eq, isNotNull, lt, mul, num, sub, text, when, type Expr } from "../expr/expr.ts";

/** Longest card number (ISO/IEC 7812-1). */
export const CARD_DIGITS_MAX = 19;

const digitAt = (digits: Expr, position: Expr): Expr =>
  cast(call("coalesce", call("nullif", call("substring", digits, position, num(1)), text("")), text("0")), "Integral");

/**
 * The text of 12 to 19 digits satisfies the Luhn formula (ISO/IEC 7812-1 annex B): from the right, every second digit is
 * doubled, nine is taken off where that gives more than nine, and the sum is a multiple of ten. Positions before the
 * first digit count as zero. Must only be asked of texts that are digits.
 */
export const luhnHolds = (digits: Expr): Expr => {
  const padded = call("concat", text("0".repeat(CARD_DIGITS_MAX)), digits);
  const length = call("length", padded);
  const terms = Array.from({ length: CARD_DIGITS_MAX }, (_, fromRight) => {
    const digit = digitAt(padded, sub(length, num(fromRight)));
    if (fromRight % 2 === 0) return digit;
    const doubled = mul(digit, num(2));
    return when(lt(digit, num(5)), doubled, sub(doubled, num(9)));
  });
  return eq(call("mod", terms.reduce(add), num(10)), num(0));
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
