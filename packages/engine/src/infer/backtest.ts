/**
 * What is proposed for the whole sample must also be proposed by two thirds of it, and hold on the third it was not fitted to:
 * a rule that needs the rows it judges is not a rule.
 */
import { candidateKey, type Candidate, type Inference } from "./candidate.ts";
import { isHeldOut, part, type Sample } from "./sample.ts";
import type { Level } from "./level.ts";

/** Rows from which a third is worth holding out; below it candidates stand on their own (stricter) minimum counts. */
const HELD_OUT_SAMPLE_MIN = 60;

export type Tested = {
  candidate: Candidate;
  level: Level;
  /** Rows held out and how many of them satisfied the candidate fitted without them; null when the sample was too small. */
  heldOut: { rows: number; passed: number } | null;
};

const passing = (candidate: Candidate, rows: Sample) => {
  let passed = 0;
  for (let row = 0; row < rows.rows; row++) if (!candidate.violates(rows, row)) passed++;
  return passed;
};

/** A sample with the parts it is fitted to and tested on; null when it is too small to be divided. */
export type Divided = { sample: Sample; parts: { training: Sample; heldOut: Sample } | null };

export const divide = (sample: Sample): Divided => ({
  sample,
  parts: sample.rows < HELD_OUT_SAMPLE_MIN ? null : { training: part(sample, (row) => !isHeldOut(row)), heldOut: part(sample, isHeldOut) },
});

/** Candidates of one kind that survive the test. */
export const testKind = (kind: Inference, { sample, parts }: Divided): Tested[] => {
  const proposed = kind.candidates(sample);
  if (parts === null) return proposed.map((candidate) => ({ candidate, level: candidate.level ?? kind.level, heldOut: null }));
  if (proposed.length === 0) return [];
  const { training, heldOut } = parts;
  const fitted = new Map(kind.candidates(training).map((c) => [candidateKey(c), c]));
  return proposed.flatMap((candidate): Tested[] => {
    const before = fitted.get(candidateKey(candidate));
    if (before === undefined) return [];
    const passed = passing(before, heldOut);
    if (heldOut.rows - passed > before.exceptionsMax * heldOut.rows + 1) return [];
    return [{ candidate, level: candidate.level ?? kind.level, heldOut: { rows: heldOut.rows, passed } }];
  });
};

/** Candidates of the kinds up to a level that survive the test. */
export const tested = (kinds: readonly Inference[], sample: Sample, level: Level): Tested[] => {
  const divided = divide(sample);
  return kinds.filter((kind) => kind.level <= level).flatMap((kind) => testKind(kind, divided).filter((t) => t.level <= level));
};
