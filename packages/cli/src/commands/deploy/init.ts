import { existsSync, readFileSync } from "node:fs";
import { userError } from "@touchstone/core/errors";
import { MODELS } from "@touchstone/deploy/advise/models";
import { stepsOf, type Step } from "@touchstone/deploy/advise/next";
import { readDeployment } from "@touchstone/deploy/deployment/read";
import { deploymentOf, deploymentYaml } from "@touchstone/deploy/init/document";
import { adviceIn } from "@touchstone/deploy/init/from-advice";
import { INIT_QUESTIONS } from "@touchstone/deploy/init/questions";
import { remaining } from "@touchstone/deploy/init/remaining";
import type { Answered } from "@touchstone/deploy/interview/question";
import { flagAnswers, INTERVIEW_OPTIONS, interviewed, questionOptions, wrapped } from "../../service/interview.ts";
import { writeWhole } from "../../whole-file.ts";
import { flag, text, type Command, type Values } from "../command.ts";
import { FILE_DEFAULT } from "./open-deployment.ts";

/** Answers that advice gave; flags go before them. Throws ADVICE_INVALID, ADVICE_WITHOUT_DEPLOYMENT. */
const advised = (file: string, flags: Answered): Answered => {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch {
    throw userError("ADVICE_INVALID", file, "it cannot be read");
  }
  const advice = adviceIn(content);
  if (typeof advice === "string") throw userError("ADVICE_INVALID", file, advice);
  if (advice.model === "process" && flags["model"] === undefined) throw userError("ADVICE_WITHOUT_DEPLOYMENT", `"${MODELS.process.title}"`);
  return advice.model === "process" || flags["model"] !== undefined ? {} : advice.answered;
};

const givenIn = (values: Values): Answered => {
  const from = text(values, "fromAdvice");
  const flags = flagAnswers(INIT_QUESTIONS, values);
  return from === undefined ? flags : { ...advised(from, flags), ...flags };
};

/** Throws OPTION_INVALID for a flag that means nothing beside the others. */
const refuseIdle = (answered: Answered): void => {
  const idle = INIT_QUESTIONS.find(({ name, isAsked }) => answered[name] !== undefined && !isAsked(answered));
  if (idle !== undefined) throw userError("OPTION_INVALID", `--${idle.name}`, "it means nothing beside the other answers");
};

const stepsText = (file: string, steps: readonly Step[]): string =>
  `${file} is written.\n\nLeft to do\n${steps.map(({ command, does }) => `  ${command}\n${wrapped(does, "      ")}`).join("")}`;

/** `verbs`: what else `touchstone deploy` has, for no other is named. */
export const init = (verbs: readonly string[]): Command => ({
  usage: "init",
  summary: "ask what the deployment is to be, and write deployment.yaml",
  docs: "Asks on a terminal, or takes the answers as flags, and writes deployment.yaml with comments. Says which Secrets and which DNS record are still to be made. Reaches nothing and writes no secret.",
  options: [
    { flags: "-f, --file <file>", docs: "where to write it", default: FILE_DEFAULT },
    { flags: "--force", docs: "replace a file that is there" },
    { flags: "--from-advice <file>", docs: "begin with what `touchstone deploy advise --output` wrote" },
    ...questionOptions(INIT_QUESTIONS),
    ...INTERVIEW_OPTIONS,
    { flags: "--json", docs: "what was written, and what is left to do, as JSON" },
  ],
  examples: [
    "touchstone deploy init",
    "touchstone deploy init --from-advice advice.json",
    "touchstone deploy init --yes --model customer --fqdn quality.example.org --registry registry.example.org --datastores warehouse=10.20.0.0/16:5432",
    "touchstone deploy init --yes --model platform --provider aws --region eu-central-1 --name acme --fqdn acme.example.org --admins arn:aws:iam::123456789012:role/platform --state acme-states",
  ],
  run: async (_args, values, terminal) => {
    const file = text(values, "file") ?? FILE_DEFAULT;
    if (existsSync(file) && !flag(values, "force")) throw userError("DEPLOYMENT_EXISTS", file);
    const answered = await interviewed("touchstone deploy init", INIT_QUESTIONS, givenIn(values), values, terminal);
    refuseIdle(answered);
    writeWhole(file, [deploymentYaml(deploymentOf(answered))]);
    const deployment = await readDeployment(file);
    const steps = stepsOf(remaining(deployment, file === FILE_DEFAULT ? null : file), verbs);
    terminal.stdout.write(
      flag(values, "json") ? `${JSON.stringify({ file, deployment, remaining: steps }, null, 2)}\n` : stepsText(file, steps),
    );
    return 0;
  },
});
