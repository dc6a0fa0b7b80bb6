/** docs/deployment-models.md: what `touchstone deploy advise` knows, as a page. */
import { PICTURES } from "../diagram/models.ts";
import { PROVIDERS } from "../deployment/deployment.ts";
import { ADDITIONS } from "./additions.ts";
import { ANSWER_NAMES, type AnswerName, type When } from "./answers.ts";
import { ASPECT_NAMES, ASPECTS, MODELS } from "./models.ts";
import { FLOWS } from "./flows.ts";
import { NOT_THERE, STOPS } from "./not-there.ts";
import { QUESTIONS } from "./questions.ts";
import { RESPONSIBILITIES } from "./responsibilities.ts";
import { MODEL_NAMES, RULES, type ModelName, type Rule } from "./rules.ts";
import { WAYS } from "./ways.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |\n`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  row(...head) + row(...head.map(() => "---")) + rows.map((cells) => row(...cells)).join("");

/** Files that words name, as links of a page in `docs`. */
const linked = (text: string): string =>
  text
    .replaceAll(/(?<![\w/(`])docs\/([\w-]+\.md)/g, "[$1]($1)")
    .replaceAll(/(?<![\w/(`])((?:deploy|packages)\/[\w./-]*\w)/g, "[$1](../$1)");

const titles: readonly string[] = MODEL_NAMES.map((model) => MODELS[model].title);
const titleOf = (model: ModelName): string => MODELS[model].title;

const flagsOf = (when: When, but: AnswerName | null): string =>
  ANSWER_NAMES.filter((name) => name !== but && name !== "purpose" && when[name] !== undefined)
    .map((name) => `\`--${name} ${(when[name] ?? []).join("` or `")}\``)
    .join(" and ");

const WORDS: Readonly<Record<Rule["says"], string>> = { excludes: "ruled out", for: "for", against: "against" };

const mentions = (when: When, name: AnswerName, answer: string): boolean => (when[name] ?? []).some((value) => value === answer);

/** What follows from one answer, each in a line: of rules, of additions, of what is not there yet. */
const consequencesOf = (name: AnswerName, answer: string): string => {
  const besides = (when: When): string => {
    const flags = flagsOf(when, name);
    return flags === "" ? "" : ` (with ${flags})`;
  };
  const ruled = RULES.filter(({ when }) => mentions(when, name, answer)).map(
    ({ model, says, when, reason }) => `**${titleOf(model)}** ${WORDS[says]}: ${reason}${besides(when)}`,
  );
  const added = ADDITIONS.flatMap(({ title, models, when }) =>
    when
      .filter((one) => mentions(one, name, answer))
      .map((one) => `with **${models.map(titleOf).join(", ")}**: ${title.toLowerCase()}${besides(one)}`),
  );
  const missing = NOT_THERE.filter(({ when }) => mentions(when, name, answer)).map(({ what }) => `not there yet: ${what}`);
  const stopped = STOPS.filter(({ when }) => mentions(when, name, answer)).map(({ reason }) => `**nothing yet**: ${reason}`);
  return [...stopped, ...ruled, ...added, ...missing].join("<br>");
};

const questionText = (name: AnswerName): string => {
  const { asks, why, choices } = QUESTIONS[name];
  const rows = Object.entries(choices).map(([answer, docs]) => [`\`${answer}\``, docs, consequencesOf(name, answer)]);
  return `### \`--${name}\`: ${asks}\n\n${why}\n\n${table(["answer", "says", "what follows"], rows)}`;
};

const pictureText = (name: "platform" | "customer"): string => `![${PICTURES[name].title}](diagrams/${name}.svg)\n`;

const models = (): string =>
  `${MODEL_NAMES.map((model) => `- **${titleOf(model)}**: ${MODELS[model].summary}`).join("\n")}
- **A dataplane in Databricks**, as an addition to any of them: not there yet.

${pictureText("platform")}
${pictureText("customer")}
The pictures are drawn from the same source as this page, and a test holds them beside the network policies of the chart: each arrow that begins or ends in the namespace is let through, and nothing else is, where \`networks.store\`
says in which networks the Postgres is. Where it does not, the policies let pods reach port 5432 of every private network.

${table(
  ["", ...titles],
  ASPECT_NAMES.map((aspect) => [`**${ASPECTS[aspect]}**`, ...MODEL_NAMES.map((model) => MODELS[model].aspects[aspect])]),
)}`;

const additions = (): string =>
  table(
    ["addition", "to", "when", "what it is"],
    ADDITIONS.map(({ title, models: to, when, docs }) => [
      title,
      to.map(titleOf).join(", "),
      when.map((one) => flagsOf(one, null)).join("; or "),
      docs,
    ]),
  );

const responsibilities = (): string =>
  table(
    ["", ...titles],
    RESPONSIBILITIES.map(({ what, who }) => [what, ...MODEL_NAMES.map((model) => (who[model] === "nobody" ? "–" : who[model]))]),
  );

const flows = (): string =>
  table(
    ["what", "from", "to", "where it rests"],
    FLOWS.map(({ what, from, to, rests }) => [what, from, to, rests]),
  );

const ways = (): string =>
  table(
    ["way", "`cloud.connectivity`", ...PROVIDERS, "fits", "your side"],
    WAYS.map(({ title, key, fits, yours, clouds }) => [
      title,
      `\`${key}\``,
      ...PROVIDERS.map((provider) => clouds[provider].called),
      fits,
      yours,
    ]),
  );

const notThere = (): string => NOT_THERE.map(({ what, meanwhile }) => `- ${what} ${meanwhile}\n`).join("");

export const primer = (): string => `<!-- Made by packages/deploy/src/advise/write.ts: change what it is made of, not this. -->

${linked(body())}`;

const body = (): string => `# Which deployment model

\`touchstone deploy advise\` asks what stands below and answers which model fits, why, and what comes next; with flags it asks nothing. Nothing is sent anywhere. How an installation is made: [deployment.md](deployment.md); how an operator keeps many: [fleet.md](fleet.md).

## The models

${models()}
## Who owns what

${responsibilities()}
A transfer of ownership turns the first column into the second: credentials are new, and the operator's access is shown to be gone (docs/deploy-transfer.md).

## What leaves where

Rows of a datastore are kept nowhere but, those that fail, in the enrichment datastore that you name. What the control plane keeps, to the column: [data-at-rest.md](data-at-rest.md).

${flows()}
In the platform model dataplanes are in the operator's VPC, so rows pass through its memory; with dataplanes of yours they stay in your networks, and the rest is the same.

## Ways to private datastores

Datastores with a public address need nothing. Dataplanes next to the data need no way either: they dial out. Else the Terraform templates make one, by one variable with four implementations:

${ways()}
## What is asked, and what each answer means

An answer rules a model out, or speaks for or against it; all that speaks weighs the same. Of the models that are left, the one with the best balance is advised; where two are even, the one that leaves you less work:
${titles.join(", ")}. When more speaks against the best than for it, the advice says that nothing fits well.

${ANSWER_NAMES.map(questionText).join("\n")}
## What is added

${additions()}
## What is not there yet

${notThere()}`;
