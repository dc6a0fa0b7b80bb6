/** Which model fits, and why: answers in, advice out. Pure; the same answers give the same advice. */
import { ADDITIONS } from "./additions.ts";
import { holds, type Answers } from "./answers.ts";
import { ASPECT_NAMES, ASPECTS, MODELS, type Aspect } from "./models.ts";
import { stepsOf, type Next, type Step } from "./next.ts";
import { NOT_THERE, STOPS } from "./not-there.ts";
import { MODEL_NAMES, RULES, type ModelName, type Rule } from "./rules.ts";

/** How a model stands with these answers. */
export type Standing = {
  model: ModelName;
  isPossible: boolean;
  /** What speaks for it less what speaks against it. */
  balance: number;
  excludedBy: readonly string[];
  speaksFor: readonly string[];
  speaksAgainst: readonly string[];
};

export type Advice = {
  version: 1;
  answers: Answers;
  model: ModelName;
  title: string;
  summary: string;
  /** Why nothing can be done yet, whatever the model; null where something can. */
  stoppedBy: string | null;
  /** False where more speaks against the best model than for it. */
  fitsWell: boolean;
  speaksFor: readonly string[];
  speaksAgainst: readonly string[];
  additions: readonly { title: string; docs: string }[];
  notThere: readonly { what: string; meanwhile: string }[];
  consequences: readonly { aspect: Aspect; title: string; text: string }[];
  others: readonly Standing[];
  nextBy: string;
  next: readonly Step[];
};

export const standingOf = (model: ModelName, answers: Answers): Standing => {
  const met = RULES.filter((rule) => rule.model === model && holds(rule.when, answers));
  const reasons = (says: Rule["says"]): string[] => met.filter((rule) => rule.says === says).map(({ reason }) => reason);
  const [excludedBy, speaksFor, speaksAgainst] = [reasons("excludes"), reasons("for"), reasons("against")];
  return {
    model,
    isPossible: excludedBy.length === 0,
    balance: speaksFor.length - speaksAgainst.length,
    excludedBy,
    speaksFor,
    speaksAgainst,
  };
};

/** The model that fits best stands first, those that are impossible last; what is even stays in the order of MODEL_NAMES. */
const ranked = (answers: Answers): Standing[] =>
  MODEL_NAMES.map((model) => standingOf(model, answers)).toSorted(
    (a, b) => Number(b.isPossible) - Number(a.isPossible) || b.balance - a.balance,
  );

const PROVIDERS: readonly string[] = ["aws", "azure", "gcp", "oci"];

/** What comes before a model's own commands. */
const begin = (model: ModelName, { purpose, cloud }: Answers): Next[] => {
  if (model === "process")
    return purpose === "try"
      ? [{ verb: null, command: "npm ci && npm start", does: "starts it, with real data to look at" }]
      : [
          { verb: null, command: "DATABASE_URL=postgres://… touchstone start", does: "starts it on a Postgres of yours (docs/service.md)" },
          { verb: null, command: "touchstone doctor", does: "says what is wrong, and what to do" },
        ];
  const provider = model === "platform" && cloud !== undefined && PROVIDERS.includes(cloud) ? ` --provider ${cloud}` : "";
  return [
    { verb: "init", command: `touchstone deploy init --model ${model}${provider}`, does: "asks the rest and writes deployment.yaml" },
  ];
};

/** `verbs` are those that `touchstone deploy` has: no other is named. */
export const advise = (answers: Answers, verbs: readonly string[]): Advice => {
  const [best, ...others] = ranked(answers);
  if (best === undefined) throw new Error("there are no models");
  const { model } = best;
  const { title, summary, next, nextBy } = MODELS[model];
  const additions = ADDITIONS.filter(({ models, when }) => models.includes(model) && when.some((one) => holds(one, answers)));
  const aspects: Readonly<Record<Aspect, string>> = Object.assign({}, MODELS[model].aspects, ...additions.map(({ instead }) => instead));
  const steps = [
    ...begin(model, answers),
    ...additions.flatMap(({ before }) => before),
    ...next,
    ...additions.flatMap(({ after }) => after),
  ];
  return {
    version: 1,
    answers,
    model,
    title,
    summary,
    stoppedBy: STOPS.find(({ when }) => holds(when, answers))?.reason ?? null,
    fitsWell: best.balance >= 0,
    speaksFor: best.speaksFor,
    speaksAgainst: best.speaksAgainst,
    additions: additions.map(({ title: name, docs }) => ({ title: name, docs })),
    notThere: NOT_THERE.filter(({ models, when }) => models.includes(model) && holds(when, answers)).map(({ what, meanwhile }) => ({
      what,
      meanwhile,
    })),
    consequences: ASPECT_NAMES.map((aspect) => ({ aspect, title: ASPECTS[aspect], text: aspects[aspect] })),
    others,
    nextBy,
    next: stepsOf(steps, verbs),
  };
};
