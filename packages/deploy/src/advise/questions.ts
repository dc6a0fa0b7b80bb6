/** What is asked before a model is chosen, why, and what each answer says. What follows from an answer stands in the rules. */
import { holds, ANSWER_NAMES, Answers, type AnswerName, type When } from "./answers.ts";
import type { Question } from "../interview/question.ts";

type Asked<Name extends AnswerName> = {
  asks: string;
  why: string;
  choices: Readonly<Record<NonNullable<Answers[Name]>, string>>;
  /** Answers that leave it open. */
  when: When;
};

const STAYS: When = { purpose: ["production"] };
/** Somebody else runs it: only then it matters what they may hold. */
const OTHERS: When = { ...STAYS, operator: ["own-platform-team", "provider"] };

export const QUESTIONS: { readonly [Name in AnswerName]-?: Asked<Name> } = {
  purpose: {
    asks: "What is it for?",
    why: "A look needs one process on a laptop. What others rely on needs an owner.",
    choices: { try: "a look at it, or a pilot", production: "others rely on it" },
    when: {},
  },
  operator: {
    asks: "Who would run it?",
    why: "In the platform model somebody else provisions the cloud, upgrades and answers calls. Touchstone is a program, not a company: that somebody must exist.",
    choices: {
      ourselves: "we do, for ourselves",
      "own-platform-team": "a team of our organisation that runs such things for others",
      provider: "a company that we pay",
    },
    when: STAYS,
  },
  regulation: {
    asks: "What do law, authorities or contracts say about who may process this data?",
    why: "Who operates an installation processes what passes through it, and keeps statistics and select values of it.",
    choices: {
      none: "nothing that matters here",
      processor: "others may, under a contract for processing (GDPR article 28, a HIPAA business associate)",
      "own-systems": "only systems that our own organisation runs",
    },
    when: OTHERS,
  },
  "data-readers": {
    asks: "What of the data may be on machines that the operator administers?",
    why: "Where dataplanes run decides through whose memory rows pass. The control plane keeps no rows, but statistics, messages and select values of fields that are not masked.",
    choices: {
      rows: "rows may pass through; none is kept",
      statistics: "only what is derived: statistics, messages, select values",
      nothing: "nothing at all",
    },
    when: OTHERS,
  },
  cloud: {
    asks: "Where is most of the data?",
    why: "What scans data should be next to it: that is faster, cheaper and opens less.",
    choices: {
      aws: "Amazon Web Services",
      azure: "Microsoft Azure",
      gcp: "Google Cloud",
      oci: "Oracle Cloud",
      other: "another cloud",
      "on-premises": "machines of our own",
    },
    when: STAYS,
  },
  "air-gap": {
    asks: "Is the network it shall run in cut off from the internet?",
    why: "Then nothing is pulled, and nobody from outside operates anything.",
    choices: { no: "it reaches the internet, perhaps by a proxy", yes: "neither in nor out" },
    when: STAYS,
  },
  connectivity: {
    asks: "How may a datastore be reached from another network? Think of the one that is hardest to reach.",
    why: "An installation elsewhere needs a way in; one that is next to the data needs none.",
    choices: {
      public: "by a public address",
      "private-endpoint": "by PrivateLink or its equal",
      transit: "by a transit gateway or its equal",
      vpn: "by a site-to-site VPN",
      outbound: "not at all: from its network one may only dial out, over https",
    },
    when: { ...STAYS, "air-gap": ["no"] },
  },
  staff: {
    asks: "Who of yours would look after it?",
    why: "A cluster has nodes, upgrades and certificates that somebody must know.",
    choices: {
      kubernetes: "people who run Kubernetes already",
      engineers: "engineers, without Kubernetes",
      nobody: "nobody",
    },
    when: STAYS,
  },
  databricks: {
    asks: "Is data in Databricks?",
    why: "Rows would best be read by a job in the workspace they are in.",
    choices: { no: "none of it", some: "some of it", all: "all that matters" },
    when: {},
  },
};

/** The same for whoever asks. No answer is usual: each one decides something. */
export const ADVICE_QUESTIONS: readonly Question[] = ANSWER_NAMES.map((name) => {
  const { asks, why, choices, when } = QUESTIONS[name];
  return {
    name,
    asks,
    why,
    choices: Object.entries(choices).map(([value, docs]) => ({ value, docs })),
    usual: () => null,
    refuses: () => null,
    isAsked: (before) => holds(when, Answers.parse(before)),
  };
});
