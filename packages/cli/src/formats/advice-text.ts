/** Advice as a terminal shows it. */
import { styleText } from "node:util";
import { MODELS } from "@touchstone/deploy/advise/models";
import type { Advice, Standing } from "@touchstone/deploy/advise/advise";
import { wrapped } from "../service/interview.ts";

/** A point of a list: later lines stand below the first word. */
const point = (mark: string, words: string): string => `  ${mark} ${wrapped(words, "    ").trimStart()}`;

const points = (mark: string, all: readonly string[]): string => all.map((words) => point(mark, words)).join("");

const otherText = ({ model, isPossible, excludedBy, speaksFor, speaksAgainst }: Standing): string =>
  `  ${MODELS[model].title}${isPossible ? "" : ": ruled out"}\n` +
  [...excludedBy, ...speaksAgainst].map((words) => `    - ${wrapped(words, "      ").trimStart()}`).join("") +
  (isPossible ? speaksFor.map((words) => `    + ${wrapped(words, "      ").trimStart()}`).join("") : "");

export const adviceText = (advice: Advice, colour: boolean): string => {
  const strong = (words: string): string => (colour ? styleText("bold", words, { validateStream: false }) : words);
  const section = (title: string, body: string): string => (body === "" ? "" : `\n${strong(title)}\n${body}`);
  const { title, summary, stoppedBy, fitsWell, speaksFor, speaksAgainst, additions, notThere, consequences, others, next, nextBy } = advice;
  return [
    stoppedBy === null ? "" : `${strong("Not yet")}\n${wrapped(stoppedBy, "  ")}\n`,
    `${strong(fitsWell ? title : `Nothing fits well. The least bad: ${title}`)}\n${wrapped(summary, "  ")}`,
    section("Why", points("+", speaksFor)),
    section("What speaks against it", points("-", speaksAgainst)),
    section(
      "With it",
      points(
        "+",
        additions.map((one) => `${one.title}. ${one.docs}`),
      ),
    ),
    section(
      "Not there yet",
      points(
        "!",
        notThere.map(({ what, meanwhile }) => `${what} ${meanwhile}`),
      ),
    ),
    section("What follows", consequences.map((one) => `  ${one.title}\n${wrapped(one.text, "    ")}`).join("")),
    section("The others", others.map(otherText).join("")),
    section(`Next, by ${nextBy}`, next.map(({ command, does }) => `  ${command}\n${wrapped(does, "      ")}`).join("")),
  ].join("");
};
