import type { Level } from "./level.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";

/** Whether rows of a sample break a claim: asked for a sample, answers row by row. */
export type Violates = (sample: Sample) => (row: number) => boolean;

/** A check that the data proposes, before it has been tried on rows it was not fitted to. */
export type Candidate = {
  rule_type: string;
  fields: string[];
  properties: Record<string, unknown>;
  coverage: number | null;
  /** Condition in the expression language under which it is claimed; on all rows where absent. */
  filter?: string | undefined;
  /** Where its evidence is stronger or weaker than its kind's: the level at which it is claimed. */
  level?: Level | undefined;
  /** Identifies the claim where the fields it names (the cells at fault) depend on the rows; rule and fields do where absent. */
  key?: string | undefined;
  /** What must hold, in words, where the rule's own sentence would be a formula nobody reads. */
  says?: string | undefined;
  /** What was seen, in one or two sentences; support and interval are added by `evidence.ts`. */
  why: string;
  /** Rows (of the sample it was fitted to) that speak for it. */
  support: number;
  /** Whether a row breaks it (one outside the filter never does); the sample may be another part of the one it was fitted to. */
  violates: Violates;
  /** Share of held-out rows that may break it: what the kind takes for errors in otherwise regular data. */
  exceptionsMax: number;
};

/** One kind of inferred rule: what it proposes for a sample. */
export type Inference = {
  name: string;
  level: Level;
  /** For people: what it infers, and why its findings are errors and not variety. */
  docs: string;
  candidates: (sample: Sample) => Candidate[];
};

export const inference = (definition: Inference): Inference => Object.freeze(definition);

/**
 * That a value of a column is wrong by itself; a missing one never is. Asked once per value: codes mean the same in a sample and in all
 * parts of it.
 */
export const wrongValue = ({ field, values }: Column, isWrong: (code: number) => boolean): Violates => {
  const answers = new Int8Array(values.length);
  const ask = (code: number) => (answers[code] = isWrong(code) ? 1 : -1);
  return (sample) => {
    const { codes } = columnNamed(sample, field.name)!;
    return (row) => {
      const code = codes[row]!;
      return code >= 0 && (answers[code] || ask(code)) > 0;
    };
  };
};

/** That a column has no value. */
export const missingValue =
  ({ field }: Column): Violates =>
  (sample) => {
    const { codes } = columnNamed(sample, field.name)!;
    return (row) => codes[row]! < 0;
  };

/** The rows of a sample that break a claim. */
export const brokenRows = ({ violates }: Pick<Candidate, "violates">, sample: Sample): number[] => {
  const isBroken = violates(sample);
  const rows: number[] = [];
  for (let row = 0; row < sample.rows; row++) if (isBroken(row)) rows.push(row);
  return rows;
};

/** `all 300`, or `298 of 300`. */
export const outOf = (part: number, whole: number): string => (part === whole ? `all ${whole}` : `${part} of ${whole}`);

/** Identifies what is claimed about which fields, whatever the fitted properties. */
export const candidateKey = (c: Candidate): string =>
  c.key ?? JSON.stringify([c.rule_type, c.fields, c.coverage === null || c.coverage === 1, c.filter ?? null]);
