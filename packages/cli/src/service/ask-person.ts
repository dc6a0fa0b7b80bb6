/** What only a person can say, asked on a terminal. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { userError } from "@touchstone/core/errors";
import { flag, type Terminal, type Values } from "../commands/command.ts";

/** Asks on a terminal; elsewhere only `--yes` says so. Throws OPTION_INVALID where nobody can be asked. */
export const confirmed = async (question: string, values: Values, { stderr, signal }: Terminal): Promise<boolean> => {
  if (flag(values, "yes")) return true;
  if (!process.stdin.isTTY) throw userError("OPTION_INVALID", "--yes", `without it somebody must be asked: ${question}`);
  stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: process.stdin });
  try {
    return /^y(es)?$/i.test((await lines.question("", { signal })).trim());
  } finally {
    lines.close();
  }
};

/** What somebody types without its being shown. Throws OPTION_INVALID where nobody can be asked. */
export const hiddenAnswer = async (question: string, { stderr, signal }: Terminal): Promise<string> => {
  if (!process.stdin.isTTY)
    throw userError("OPTION_INVALID", "--email", "nobody can be asked for the password here: put it into TOUCHSTONE_PASSWORD");
  stderr.write(question);
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await lines.question("", { signal });
  } finally {
    lines.close();
    stderr.write("\n");
  }
};

/** What somebody types. Throws ANSWERS_MISSING where nobody can be asked: `option` of `command` says it beforehand. */
export const typedAnswer = async (
  question: string,
  { command, option }: { command: string; option: string },
  { stderr, signal }: Terminal,
): Promise<string> => {
  if (!process.stdin.isTTY) throw userError("ANSWERS_MISSING", command, `${option} (${question.trim()})`);
  stderr.write(question);
  const lines = createInterface({ input: process.stdin });
  try {
    return (await lines.question("", { signal })).trim();
  } finally {
    lines.close();
  }
};
