/** What somebody says about their data and their people before a model is chosen. Names are those of the flags. */
import { z } from "zod";

export const Answers = z
  .strictObject({
    purpose: z.enum(["try", "production"]),
    operator: z.enum(["ourselves", "own-platform-team", "provider"]),
    regulation: z.enum(["none", "processor", "own-systems"]),
    "data-readers": z.enum(["rows", "statistics", "nothing"]),
    cloud: z.enum(["aws", "azure", "gcp", "oci", "other", "on-premises"]),
    "air-gap": z.enum(["no", "yes"]),
    connectivity: z.enum(["public", "private-endpoint", "transit", "vpn", "outbound"]),
    staff: z.enum(["kubernetes", "engineers", "nobody"]),
    databricks: z.enum(["no", "some", "all"]),
  })
  .partial();
export type Answers = z.output<typeof Answers>;
export type AnswerName = keyof Answers;

/** In the order in which they are asked. */
export const ANSWER_NAMES: readonly AnswerName[] = Answers.keyof().options;

/** A condition: each answer named is one of these. Data, so that the same is judged and printed. */
export type When = { readonly [Name in AnswerName]?: readonly NonNullable<Answers[Name]>[] };

const isOneOf = (values: readonly string[] | undefined, answer: string | undefined): boolean =>
  values === undefined || (answer !== undefined && values.includes(answer));

export const holds = (when: When, answers: Answers): boolean => ANSWER_NAMES.every((name) => isOneOf(when[name], answers[name]));
