/**
 * What is proposed for the whole sample must also be proposed by two thirds of it, and hold on the third it was not fitted to:
 * a rule that needs the rows it judges is not a rule.
 */
import { alertsOf, type Alerts } from "./alerts.ts";
import { brokenRows, candidateKey, type Candidate, type Inference } from "./candidate.ts";
import { heldOutRows, part, type Sample } from "./sample.ts";
import { slicesOf, type Slices } from "./slices.ts";
import type { Level } from "./level.ts";

/** Rows from which a third is worth holding out; below it candidates stand on their own (stricter) minimum counts. */
const HELD_OUT_SAMPLE_MIN = 60;

export type Tested = {
  candidate: Candidate;
  level: Level;
  /** Rows held out and how many of them satisfied the candidate fitted without them; null when the sample was too small. */
  heldOut: { rows: number; passed: number } | null;
  /** What it would have raised on earlier loads; null when the sample was too small. */
  alerts: Alerts | null;
};

/** A sample with the parts it is fitted to and tested on; null when it is too small to be divided. */
export type Divided = { sample: Sample; parts: { training: Sample; heldOut: Sample; slices: Slices | null } | null };

export const divide = (sample: Sample): Divided => {
  if (sample.rows < HELD_OUT_SAMPLE_MIN) return { sample, parts: null };
  const isHeldOut = heldOutRows(sample.rows);
  const heldOut = part(sample, (row) => isHeldOut[row] === 1);
  return { sample, parts: { training: part(sample, (row) => isHeldOut[row] === 0), heldOut, slices: slicesOf(sample, heldOut.rows) } };
};

/** Candidates of one kind that survive the test. */
export const testKind = (kind: Inference, { sample, parts }: Divided): Tested[] => {
  const proposed = kind.candidates(sample);
  const levelOf = (candidate: Candidate) => candidate.level ?? kind.level;
  if (parts === null) return proposed.map((candidate) => ({ candidate, level: levelOf(candidate), heldOut: null, alerts: null }));
  if (proposed.length === 0) return [];
  const { training, heldOut, slices } = parts;
  const fitted = new Map(kind.candidates(training).map((c) => [candidateKey(c), c]));
  return proposed.flatMap((candidate): Tested[] => {
    const before = fitted.get(candidateKey(candidate));
    if (before === undefined) return [];
    const broken = brokenRows(before, heldOut);
    if (broken.length > before.exceptionsMax * heldOut.rows + 1) return [];
    const alerts = slices === null ? null : alertsOf({ rows: broken, coverage: before.coverage }, candidate, sample, heldOut, slices);
    return [{ candidate, level: levelOf(candidate), heldOut: { rows: heldOut.rows, passed: heldOut.rows - broken.length }, alerts }];
  });
};

/** Candidates of the kinds up to a level that survive the test. */
export const tested = (kinds: readonly Inference[], sample: Sample, level: Level): Tested[] => {
  const divided = divide(sample);
  return kinds.filter((kind) => kind.level <= level).flatMap((kind) => testKind(kind, divided).filter((t) => t.level <= level));
};
