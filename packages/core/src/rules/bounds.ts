/** Two bounds of which one may be absent, as properties, as a judgement and in words. */
import { z } from "zod";

export const bounds = {
  min: z.number().nullish().describe("lower bound, itself allowed"),
  max: z.number().nullish().describe("upper bound, itself allowed"),
};
/** What zod's refine takes. */
type Refinement = [(p: Bounds) => boolean, { path: PropertyKey[]; message: string }];

export type Bounds = { min?: number | null | undefined; max?: number | null | undefined };

export const someBound: Refinement = [
  (p: Bounds) => p.min != null || p.max != null,
  { path: ["min"], message: "at least one of min and max is needed" },
];
export const boundsInOrder: Refinement = [
  (p: Bounds) => p.min == null || p.max == null || p.min <= p.max,
  { path: ["min"], message: "min must not exceed max" },
];

/** True for a value within the bounds, ends included. NaN is within none. */
export const isWithin = (value: number, { min, max }: Bounds): boolean => (min == null || value >= min) && (max == null || value <= max);

/** "between 1 and 9", "at least 1", "at most 9". */
export const between = (min: number | null | undefined, max: number | null | undefined): string =>
  min == null ? `at most ${max}` : max == null ? `at least ${min}` : `between ${min} and ${max}`;

/** "lies between 1 and 9", "is at least 1", "is at most 9". */
export const lies = (min: number | null | undefined, max: number | null | undefined): string =>
  min == null || max == null ? `is ${between(min, max)}` : `lies ${between(min, max)}`;
