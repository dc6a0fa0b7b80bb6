/**
 * What the control plane asks of a dataplane, and what it answers. Operations are long, are told of while they run and leave
 * metadata; questions are short, and somebody waits for the answer.
 */
import { z } from "zod";
import { ErrorInfo } from "./report.ts";

/** How a datastore is reached. Secrets are added when a dataplane claims the work, and stand nowhere else. */
export const WorkDatastore = z.object({
  id: z.number().int(),
  name: z.string(),
  /** Kind of the connection: postgresql, files … */
  type: z.string(),
  settings: z.record(z.string(), z.unknown()),
  database: z.string().nullable(),
  schema: z.string().nullable(),
  root_path: z.string().nullable(),
});
export type WorkDatastore = z.infer<typeof WorkDatastore>;

const Mapping = z.record(z.string(), z.unknown());
const Rows = z.object({ fields: z.array(z.string()), rows: z.array(z.array(z.unknown())), truncated: z.boolean() });

/** Questions by kind: what is asked, and what is answered. */
export const QUESTIONS = {
  /** Whether a datastore can be reached and read. */
  test: { asked: z.object({}), answered: z.object({ connected: z.boolean(), error: ErrorInfo.nullable() }) },
  /** Whether a computed container can be made, and which fields it would have. */
  validate: {
    asked: z.object({ container_type: z.string(), name: z.string(), definition: Mapping }),
    answered: z.object({
      error: ErrorInfo.nullable(),
      fields: z.array(z.object({ name: z.string(), field_type: z.string(), native_type: z.string() })),
    }),
  },
  /** Some rows of a container; masked fields come masked. */
  preview: {
    asked: z.object({ container: z.string(), where: z.string().nullable(), rows_max: z.number().int(), masked: z.array(z.string()) }),
    answered: Rows.extend({ error: ErrorInfo.nullable() }),
  },
  /** What a check would find, without consequences. */
  dry_run: {
    asked: z.object({
      check: Mapping,
      variables: z.record(z.string(), z.string()),
      rows_max: z.number().int().nullable(),
      masked: z.array(z.string()),
    }),
    answered: z.object({
      error: ErrorInfo.nullable(),
      status: z.string().nullable(),
      asserted_records: z.number().int().nullable(),
      anomalous_records: z.number().int().nullable(),
      message: z.string().nullable(),
      examples: Rows,
    }),
  },
  /** Rows of an anomaly, from the enrichment datastore. */
  source_records: {
    asked: z.object({ anomaly_uuid: z.string(), prefix: z.string(), rows_max: z.number().int() }),
    answered: Rows.extend({ error: ErrorInfo.nullable() }),
  },
} as const;

export type QuestionKind = keyof typeof QUESTIONS;
export type Asked<K extends QuestionKind> = z.input<(typeof QUESTIONS)[K]["asked"]>;
export type Answered<K extends QuestionKind> = z.output<(typeof QUESTIONS)[K]["answered"]>;

type Readers = { [K in QuestionKind]: { answered: { parse: (answer: unknown) => Answered<K> } } };

/** Holds the schema of its kind against what was answered. */
export const readAnswered = <K extends QuestionKind>(kind: K, answer: unknown): Answered<K> => {
  const readers: Readers = QUESTIONS;
  return readers[kind].answered.parse(answer);
};

export const OperationType = z.enum(["sync", "profile", "scan", "external_scan", "export", "materialize"]);
export type OperationType = z.infer<typeof OperationType>;

/** How an operation stands: the first two are under way. */
export const OperationResult = z.enum(["queued", "running", "success", "failure", "aborted"]);
export type OperationResult = z.infer<typeof OperationResult>;
