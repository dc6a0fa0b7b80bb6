/** What advice says already about a deployment. */
import { z } from "zod";
import { Answers } from "../advise/answers.ts";
import { MODEL_NAMES, type ModelName } from "../advise/rules.ts";
import { PROVIDERS } from "../deployment/deployment.ts";
import type { Answered } from "../interview/question.ts";

const Given = z.looseObject({ version: z.literal(1), model: z.enum(MODEL_NAMES), answers: Answers });

/** The model, and answers for the questions of `init`; or why a text is no advice. */
export const adviceIn = (text: string): { model: ModelName; answered: Answered } | string => {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const { data, error } = Given.safeParse(document);
  if (data === undefined) return `${error.issues[0]?.path.join(".") || "the file"}: ${error.issues[0]?.message ?? "it is something else"}`;
  const { model, answers } = data;
  const provider = PROVIDERS.find((name) => name === answers.cloud);
  return { model, answered: { model, ...(model === "platform" && provider !== undefined ? { provider } : {}) } };
};
