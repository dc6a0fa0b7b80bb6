/** What a dataplane would answer, given by a test: routes that ask are tested against every answer, also those that no source gives at will. */
import { readAnswered, type QuestionKind } from "@touchstone/core/model/work";
import type { Work } from "../work/work.ts";
import type { Trial } from "./trial.ts";

export type Question = { datastoreId: number | null; kind: QuestionKind; question: unknown; options: Parameters<Work["ask"]>[3] };

/** Until an answer is given for a kind of question, the trial's own work is asked. */
export const answering = (trial: Trial): { answer: (kind: QuestionKind, answer: unknown) => void; asked: Question[] } => {
  const { work } = trial.services;
  const answers = new Map<QuestionKind, unknown>();
  const asked: Question[] = [];
  trial.services.work = {
    ...work,
    ask: async (datastoreId, kind, question, options) => {
      if (!answers.has(kind)) return work.ask(datastoreId, kind, question, options);
      asked.push({ datastoreId, kind, question, options });
      return readAnswered(kind, answers.get(kind));
    },
  };
  return { answer: (kind, answer) => void answers.set(kind, answer), asked };
};
