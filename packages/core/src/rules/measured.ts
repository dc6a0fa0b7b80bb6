/** Measured values and how bounds judge them. */
import { between, isWithin, type Bounds } from "./bounds.ts";
import { fails, holds, unasserted, type Cell, type Verdict } from "./rule.ts";

/** A number as engines give it (exact numbers beyond a double come as text or bigint); null for NULL. */
export const numberOf = (value: Cell | undefined): number | null =>
  value === null || value === undefined || typeof value === "object" ? null : Number(value);

/** Holds within the bounds. Without any row it holds, without any value there is nothing to judge. */
export const judgeWithin = (value: Cell | undefined, bounds: Bounds, what: string, rows: number): Verdict => {
  const measured = numberOf(value);
  if (measured === null) return rows === 0 ? holds() : unasserted("there is no value to measure");
  return isWithin(measured, bounds)
    ? holds(measured)
    : fails(`${what} is ${measured}, not ${between(bounds.min, bounds.max)}`, rows, measured);
};
