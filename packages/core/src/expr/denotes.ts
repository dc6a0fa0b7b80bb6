/**
 * Which texts denote a value of a type: the one definition behind `castable` and safe casts, used by the evaluator and
 * by every dialect, so that no engine's own leniency ('12.7' as 13, '1_000', '2024-2-30') can change an answer.
 * Patterns of the portable subset (regex.ts). Blanks around the value are allowed everywhere.
 */

/** Types that text can denote. */
export type DenotedType = "Integral" | "Fractional" | "Boolean" | "Date" | "Timestamp";

/** 18 digits always fit into 64 bits; 19 may not. */
const INTEGRAL = "[+-]?[0-9]{1,18}";

/**
 * Plain decimals of up to 200 digits before and after the point, or scientific notation with an exponent up to 299 and
 * few digits before the point: all of them within the range of a double, which some engines answer with an error.
 */
const DECIMAL = "([0-9]{1,200}(\\.[0-9]{0,200})?|\\.[0-9]{1,200})";
const SCIENTIFIC = "([0-9]{1,8}(\\.[0-9]{0,20})?|\\.[0-9]{1,20})[eE][+-]?[0-2]?[0-9]{1,2}";

const TRUE = "(true|t|yes|y|1)";
const FALSE = "(false|f|no|n|0)";

/** Days that exist on the proleptic Gregorian calendar, years 0001 to 9999. */
const YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)";
const LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)";
const DAY_OF_YEAR = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
const DATE = `(${YEAR}-${DAY_OF_YEAR}|${LEAP_YEAR}-02-29)`;

/** Fractions beyond microseconds are accepted and cut; offsets end at 14 hours (Line Islands). */
const TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?";
const ZONE = "(Z|[+-](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+-]14(:?00)?)";

const whole = (pattern: string): string => `^ *${pattern} *$`;

/** ISO 8601 dates; timestamps with T or a blank, optional seconds, fraction and zone, or a date alone (its midnight). */
export const DENOTES: Readonly<Record<DenotedType, string>> = {
  Integral: whole(INTEGRAL),
  Fractional: whole(`[+-]?(${DECIMAL}|${SCIENTIFIC})`),
  Boolean: `(?i)${whole(`(${TRUE}|${FALSE})`)}`,
  Date: whole(DATE),
  Timestamp: whole(`${DATE}([T ]${TIME}( ?${ZONE})?)?`),
};

/** Texts that denote true. Other texts that denote a Boolean denote false. */
export const DENOTES_TRUE = `(?i)${whole(TRUE)}`;
