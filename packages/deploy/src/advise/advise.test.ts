/** Answers in, advice out: a table of cases in which every rule has a say, and what holds whatever is answered. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { unanswered } from "../interview/question.ts";
import { ADDITIONS } from "./additions.ts";
import { advise, standingOf, type Advice } from "./advise.ts";
import { ANSWER_NAMES, Answers } from "./answers.ts";
import { ADVICE_QUESTIONS, QUESTIONS } from "./questions.ts";
import { RULES, type ModelName } from "./rules.ts";

const EVERY_VERB = ["init", "preflight", "install", "infra", "mirror"];

/** A company with Kubernetes of its own and a provider at hand. */
const USUAL = {
  purpose: "production",
  operator: "provider",
  regulation: "none",
  "data-readers": "rows",
  cloud: "aws",
  "air-gap": "no",
  connectivity: "public",
  staff: "kubernetes",
  databricks: "no",
} as const satisfies Answers;

type Case = { what: string; answers: Answers; model: ModelName; well?: false; additions?: string[]; excluded?: ModelName[] };
const CASES: readonly Case[] = [
  { what: "a look", answers: { purpose: "try", databricks: "no" }, model: "process", excluded: ["platform", "customer"] },
  { what: "nothing stands in the way", answers: USUAL, model: "platform" },
  { what: "the same without Kubernetes", answers: { ...USUAL, staff: "engineers" }, model: "platform" },
  { what: "the same without anybody", answers: { ...USUAL, staff: "nobody" }, model: "platform", excluded: ["customer"] },
  {
    what: "no operator",
    answers: { ...USUAL, operator: "ourselves" },
    model: "customer",
    excluded: ["platform"],
    additions: ["A cluster by the templates"],
  },
  {
    what: "no operator and no Kubernetes",
    answers: { ...USUAL, operator: "ourselves", staff: "engineers" },
    model: "process",
    excluded: ["platform"],
  },
  {
    what: "no operator and nobody",
    answers: { ...USUAL, operator: "ourselves", staff: "nobody" },
    model: "process",
    well: false,
    excluded: ["platform", "customer"],
  },
  { what: "a processor under contract", answers: { ...USUAL, regulation: "processor" }, model: "customer" },
  { what: "a processor, and no Kubernetes", answers: { ...USUAL, regulation: "processor", staff: "engineers" }, model: "platform" },
  {
    what: "a processor, and nobody",
    answers: { ...USUAL, regulation: "processor", staff: "nobody" },
    model: "platform",
    excluded: ["customer"],
  },
  { what: "own systems only, a provider", answers: { ...USUAL, regulation: "own-systems" }, model: "customer", excluded: ["platform"] },
  {
    what: "own systems only, nobody",
    answers: { ...USUAL, regulation: "own-systems", staff: "nobody" },
    model: "process",
    well: false,
    excluded: ["platform", "customer"],
  },
  {
    what: "own systems only, run by a team of our own",
    answers: { ...USUAL, operator: "own-platform-team", regulation: "own-systems", staff: "nobody" },
    model: "platform",
    excluded: ["customer"],
  },
  { what: "the operator may hold nothing", answers: { ...USUAL, "data-readers": "nothing" }, model: "customer", excluded: ["platform"] },
  {
    what: "rows stay, statistics may go",
    answers: { ...USUAL, "data-readers": "statistics", staff: "engineers" },
    model: "platform",
    additions: ["Dataplanes of yours"],
  },
  {
    what: "rows stay, and nobody is there",
    answers: { ...USUAL, "data-readers": "statistics", staff: "nobody" },
    model: "platform",
    additions: ["Dataplanes of yours"],
    excluded: ["customer"],
  },
  {
    what: "nothing dials in",
    answers: { ...USUAL, connectivity: "outbound", staff: "engineers" },
    model: "platform",
    additions: ["Dataplanes of yours"],
  },
  {
    what: "nothing dials in, and nobody is there",
    answers: { ...USUAL, connectivity: "outbound", staff: "nobody" },
    model: "platform",
    additions: ["Dataplanes of yours"],
    excluded: ["customer"],
  },
  { what: "in the building, by a tunnel", answers: { ...USUAL, cloud: "on-premises", connectivity: "vpn" }, model: "customer" },
  { what: "another cloud", answers: { ...USUAL, cloud: "other" }, model: "customer" },
  {
    what: "by a tunnel",
    answers: { ...USUAL, connectivity: "vpn" },
    model: "customer",
    additions: ["Private ways to datastores", "A cluster by the templates"],
  },
  {
    what: "by private endpoints",
    answers: { ...USUAL, connectivity: "private-endpoint" },
    model: "platform",
    additions: ["Private ways to datastores"],
  },
  {
    what: "an air gap",
    answers: { ...USUAL, operator: "own-platform-team", cloud: "on-premises", "air-gap": "yes", connectivity: undefined },
    model: "customer",
    additions: ["A mirror"],
    excluded: ["platform"],
  },
  {
    what: "an air gap without Kubernetes",
    answers: { ...USUAL, operator: "ourselves", cloud: "on-premises", "air-gap": "yes", connectivity: undefined, staff: "engineers" },
    model: "process",
    additions: ["Without a network"],
    excluded: ["platform"],
  },
];

suite("advice", () => {
  for (const { what, answers, model, well = true, additions = [], excluded = [] } of CASES)
    test(`${what}: ${model}`, () => {
      const advice = advise(answers, EVERY_VERB);
      assert.equal(advice.model, model);
      assert.equal(advice.fitsWell, well);
      assert.deepEqual(
        advice.additions.map(({ title }) => title).filter((title) => additions.length > 0 || title !== "A cluster by the templates"),
        additions,
      );
      assert.deepEqual(
        advice.others.filter(({ isPossible }) => !isPossible).map((one) => one.model),
        excluded.length === 2 ? ["platform", "customer"] : excluded,
      );
    });

  const reasonsIn = ({ model, speaksFor, speaksAgainst, others }: Advice): string[] => [
    ...speaksFor.map((reason) => `${model} for ${reason}`),
    ...speaksAgainst.map((reason) => `${model} against ${reason}`),
    ...others.flatMap((other) => [
      ...other.excludedBy.map((reason) => `${other.model} excludes ${reason}`),
      ...other.speaksFor.map((reason) => `${other.model} for ${reason}`),
      ...other.speaksAgainst.map((reason) => `${other.model} against ${reason}`),
    ]),
  ];

  test("every rule and every addition has a case", () => {
    const advices = CASES.map(({ answers }) => advise(answers, EVERY_VERB));
    const said = new Set(advices.flatMap(reasonsIn));
    assert.deepEqual(
      RULES.map(({ model, says, reason }) => `${model} ${says} ${reason}`).filter((rule) => !said.has(rule)),
      [],
    );
    const added = new Set(advices.flatMap((advice) => advice.additions.map(({ title }) => title)));
    assert.deepEqual(
      ADDITIONS.map(({ title }) => title).filter((title) => !added.has(title)),
      [],
    );
  });

  test("who has dataplanes of their own is told other consequences", () => {
    const text = (answers: Answers): string => advise(answers, EVERY_VERB).consequences.find(({ aspect }) => aspect === "sees")?.text ?? "";
    assert.match(text(USUAL), /^Rows pass through dataplanes in the operator's VPC/);
    assert.match(text({ ...USUAL, "data-readers": "statistics" }), /^Rows stay on machines of yours/);
  });
});

const anyAnswers: fc.Arbitrary<Answers> = fc
  .record(Object.fromEntries(ANSWER_NAMES.map((name) => [name, fc.constantFrom(...Object.keys(QUESTIONS[name].choices))])))
  .map((record) => Answers.parse(record));

suite("whatever is answered", () => {
  test("the same is advised, and it is possible", () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const advice = advise(answers, EVERY_VERB);
        assert.deepEqual(advise(answers, EVERY_VERB), advice);
        assert.ok(standingOf(advice.model, answers).isPossible);
        assert.equal(advice.others.length, 2);
        assert.ok(advice.next.length > 0);
      }),
    );
  });

  test("data in Databricks is told that nothing reads it yet, and no job is advised", () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const { notThere, next, additions, stoppedBy } = advise(answers, EVERY_VERB);
        assert.equal(stoppedBy !== null, answers.databricks === "all");
        const isTold = notThere.some(({ what }) => what.includes("Databricks"));
        assert.equal(isTold, answers.databricks !== "no");
        assert.doesNotMatch(JSON.stringify([next, additions]), /databricks/i);
      }),
    );
  });

  test("no verb is named that is not there", () => {
    fc.assert(
      fc.property(anyAnswers, fc.subarray(EVERY_VERB), (answers, verbs) => {
        const named = advise(answers, verbs).next.flatMap(({ command }) => /^touchstone deploy (\w+)/.exec(command)?.[1] ?? []);
        assert.deepEqual(
          named.filter((verb) => verb !== "render" && !verbs.includes(verb)),
          [],
        );
      }),
    );
  });

  test("an answer that nobody is asked for is missed by nobody", () => {
    const { missing } = unanswered(ADVICE_QUESTIONS, { purpose: "production", operator: "ourselves", "air-gap": "yes" });
    assert.deepEqual(
      missing.map(({ name }) => name),
      ["cloud", "staff", "databricks"],
    );
    assert.deepEqual(
      unanswered(ADVICE_QUESTIONS, { purpose: "try" }).missing.map(({ name }) => name),
      ["databricks"],
    );
  });
});
