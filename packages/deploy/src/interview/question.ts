/** A question that a person is asked on a terminal, or answers beforehand by a flag of the same name. Pure: who asks is elsewhere. */

/** What was answered so far, by name of the question. */
export type Answered = Readonly<Record<string, string>>;

export type Choice = { value: string; docs: string };

export type Question = {
  /** Of the flag, and of the answer. */
  name: string;
  asks: string;
  /** Why it is asked: what depends on it. */
  why: string;
  /** Empty where any text that is not refused may be said. */
  choices: readonly Choice[];
  /** What a text looks like, in a word or two; for the help of its flag. */
  form?: string;
  /** What an empty answer means, given the answers before; null where something must be said. */
  usual: (before: Answered) => string | null;
  /** Why a text is no answer, given the answers before; null where it is one. */
  refuses: (text: string, before: Answered) => string | null;
  /** Whether the answers before leave this open. */
  isAsked: (before: Answered) => boolean;
};

/** The first question that is open, given what was answered. */
export const openQuestion = (questions: readonly Question[], answered: Answered): Question | null =>
  questions.find(({ name, isAsked }) => answered[name] === undefined && isAsked(answered)) ?? null;

/** Questions that nobody answers and that have no usual answer, where nobody can be asked. */
export const unanswered = (questions: readonly Question[], given: Answered): { answered: Answered; missing: readonly Question[] } => {
  const answered: Record<string, string> = { ...given };
  const missing: Question[] = [];
  for (const question of questions) {
    if (answered[question.name] !== undefined || !question.isAsked(answered)) continue;
    const usual = question.usual(answered);
    if (usual === null) missing.push(question);
    else answered[question.name] = usual;
  }
  return { answered, missing };
};

/** Why a text does not answer a question, given the answers before; null where it does. */
export const refusal = ({ choices, refuses }: Question, text: string, before: Answered): string | null =>
  choices.length > 0 && !choices.some(({ value }) => value === text)
    ? `it is none of ${choices.map(({ value }) => value).join(", ")}`
    : refuses(text, before);
