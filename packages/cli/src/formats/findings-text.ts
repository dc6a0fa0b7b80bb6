/** Findings as a terminal shows them. */
import { styleText } from "node:util";
import type { Finding } from "@touchstone/core/model/finding";
import { plain } from "./words.ts";

const SUBJECT_WIDTH = 16;
const INDENT = " ".repeat(SUBJECT_WIDTH + 11);

const MARKS = { ok: ["ok", "green"], note: ["note", "yellow"], problem: ["problem", "red"], unseen: ["unseen", "gray"] } as const;

/** One finding: what was there, what is needed, and what to do. */
export const findingText = ({ subject, state, found, needs, todo }: Finding, colour: boolean): string => {
  const [word, hue] = MARKS[state];
  const mark = colour ? styleText(hue, word.padEnd(8), { validateStream: false }) : word.padEnd(8);
  const more = [needs === null ? "" : `\n${INDENT}needs: ${plain(needs)}`, todo === null ? "" : `\n${INDENT}do:    ${plain(todo)}`].join(
    "",
  );
  return `${mark} ${plain(subject).padEnd(SUBJECT_WIDTH)}  ${plain(found)}${more}\n`;
};
