/** Questions and their flags: what is not given is asked on a terminal, one at a time; elsewhere it is taken as usual, or told as missing. */
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { openQuestion, refusal, unanswered, type Answered, type Question } from "@touchstone/deploy/interview/question";
import { userError } from "@touchstone/core/errors";
import { flag, text, type Option, type Terminal, type Values } from "../commands/command.ts";

export const INTERVIEW_OPTIONS: readonly Option[] = [{ flags: "-y, --yes", docs: "take what is usual where there is such an answer" }];

export const questionOptions = (questions: readonly Question[]): Option[] =>
  questions.map(({ name, asks, choices, form = "text" }) => ({
    flags: `--${name} <${choices.length > 0 ? "answer" : form}>`,
    docs: asks,
    ...(choices.length > 0 ? { choices: choices.map(({ value }) => value) } : {}),
  }));

/** As commander calls the value of `--data-readers`. */
const valueName = (name: string): string => name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Answers that were given as flags. */
export const flagAnswers = (questions: readonly Question[], values: Values): Answered =>
  Object.fromEntries(
    questions.flatMap(({ name }): [string, string][] => {
      const given = text(values, valueName(name));
      return given === undefined ? [] : [[name, given]];
    }),
  );

/** Throws OPTION_INVALID for the first of what was given that is no answer. */
const refuseWrong = (questions: readonly Question[], given: Answered): void => {
  for (const question of questions) {
    const answer = given[question.name];
    const reason = answer === undefined ? null : refusal(question, answer, given);
    if (reason !== null) throw userError("OPTION_INVALID", `--${question.name}`, reason);
  }
};

/** The answers, if each holds beside all others: one that was given may be refused because of what was said since. */
const sound = (questions: readonly Question[], answered: Answered): Answered => {
  refuseWrong(questions, answered);
  return answered;
};

const WIDTH = 100;

/** Lines no longer than a terminal, each with an indent. */
export const wrapped = (words: string, indent: string): string => {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${indent}${one}\n`).join("");
};

const questionText = ({ asks, why, choices }: Question, colour: boolean): string => {
  const head = colour ? styleText("bold", asks, { validateStream: false }) : asks;
  const width = Math.max(0, ...choices.map(({ value }) => value.length));
  const lines = choices.map(({ value, docs }, at) => `    ${at + 1}  ${value.padEnd(width)}  ${docs}\n`);
  return `\n${head}\n${wrapped(why, "  ")}${lines.join("")}`;
};

const promptText = ({ choices }: Question, usual: string | null): string =>
  `  ${choices.length > 0 ? `1 to ${choices.length}, or the word` : "answer"}${usual === null ? "" : ` [${usual === "" ? "none" : usual}]`}: `;

/** What somebody typed, as an answer: a choice may be said by its number. */
const meant = ({ choices }: Question, typed: string, usual: string | null): string => {
  if (typed === "" && usual !== null) return usual;
  return (/^\d+$/.test(typed) ? choices[Number(typed) - 1]?.value : undefined) ?? typed;
};

type Ask = (prompt: string) => Promise<string>;

/** One reader for all questions: what is typed ahead is kept. The end of the input ends the interview. Throws ABORTED. */
const withReader = async <Result>(
  { stdin = process.stdin, stderr, signal }: Terminal,
  work: (ask: Ask) => Promise<Result>,
): Promise<Result> => {
  const lines = createInterface({ input: stdin });
  const typed = lines[Symbol.asyncIterator]();
  const stop = (): void => lines.close();
  signal.addEventListener("abort", stop);
  try {
    return await work(async (prompt) => {
      stderr.write(prompt);
      const next = await typed.next();
      if (next.done === true || signal.aborted) throw userError("ABORTED");
      return next.value.trim();
    });
  } finally {
    signal.removeEventListener("abort", stop);
    lines.close();
  }
};

const askedAll = async (questions: readonly Question[], given: Answered, terminal: Terminal): Promise<Answered> =>
  withReader(terminal, async (ask) => {
    let answered = given;
    for (let open = openQuestion(questions, answered); open !== null; open = openQuestion(questions, answered)) {
      terminal.stderr.write(questionText(open, terminal.stderr.hasColors?.() ?? false));
      answered = { ...answered, [open.name]: await askedOne(open, answered, ask, terminal) };
    }
    return answered;
  });

const askedOne = async (question: Question, before: Answered, ask: Ask, { stderr }: Terminal): Promise<string> => {
  const usual = question.usual(before);
  for (;;) {
    const answer = meant(question, await ask(promptText(question, usual)), usual);
    const reason = refusal(question, answer, before);
    if (reason === null) return answer;
    stderr.write(`  ${answer === "" ? "nothing was said" : answer}: ${reason}\n`);
  }
};

/** Every question answered: by what was given, by a person, or as usual. Throws ANSWERS_MISSING where nobody can be asked. */
export const interviewed = async (
  command: string,
  questions: readonly Question[],
  given: Answered,
  values: Values,
  terminal: Terminal,
): Promise<Answered> => {
  refuseWrong(questions, given);
  const isPerson = (terminal.stdin ?? process.stdin).isTTY === true;
  const { answered, missing } = unanswered(questions, given);
  if (isPerson && !(flag(values, "yes") && missing.length === 0)) return sound(questions, await askedAll(questions, given, terminal));
  if (missing.length > 0) throw userError("ANSWERS_MISSING", command, missing.map(({ name }) => `--${name}`).join(", "));
  return sound(questions, answered);
};
