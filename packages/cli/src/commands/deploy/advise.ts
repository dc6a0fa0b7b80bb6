import { advise as adviceFor } from "@touchstone/deploy/advise/advise";
import { Answers } from "@touchstone/deploy/advise/answers";
import { ADVICE_QUESTIONS } from "@touchstone/deploy/advise/questions";
import { adviceText } from "../../formats/advice-text.ts";
import { flagAnswers, interviewed, questionOptions } from "../../service/interview.ts";
import { writeWhole } from "../../whole-file.ts";
import { flag, text, type Command } from "../command.ts";

/** `verbs`: what else `touchstone deploy` has, for nothing is advised that is not there. */
export const advise = (verbs: readonly string[]): Command => ({
  usage: "advise",
  summary: "say which deployment model fits, and why",
  docs: "Asks some questions on a terminal, or takes the answers as flags, and says which model fits: run by an operator, in a Kubernetes of yours, or one process on one machine; what speaks for and against it, what follows, and what comes next. Reaches nothing. The models side by side: docs/deployment-models.md.",
  options: [
    ...questionOptions(ADVICE_QUESTIONS),
    { flags: "--json", docs: "the advice as JSON" },
    { flags: "-o, --output <file>", docs: "also write the JSON to a file, for `touchstone deploy init --from-advice`" },
  ],
  examples: [
    "touchstone deploy advise",
    "touchstone deploy advise --purpose try --databricks no",
    "touchstone deploy advise --purpose production --operator ourselves --cloud on-premises --air-gap yes --staff kubernetes --databricks no --json",
  ],
  run: async (_args, values, terminal) => {
    const given = flagAnswers(ADVICE_QUESTIONS, values);
    const answers = Answers.parse(await interviewed("touchstone deploy advise", ADVICE_QUESTIONS, given, values, terminal));
    const advice = adviceFor(answers, verbs);
    const json = `${JSON.stringify(advice, null, 2)}\n`;
    const output = text(values, "output");
    if (output !== undefined) writeWhole(output, [json]);
    terminal.stdout.write(flag(values, "json") ? json : `${adviceText(advice, terminal.colour)}`);
    return 0;
  },
});
