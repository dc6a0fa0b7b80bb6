import { Command as Program, CommanderError, Option as Flag } from "commander";
import { toErrorInfo, type ErrorInfo } from "@touchstone/core/errors";
import { styleText } from "node:util";
import { isGroup, type Command, type ExitStatus, type Group, type Terminal } from "./commands/command.ts";
import { COMMANDS } from "./commands/index.ts";
import { VERSION } from "./version.ts";

const COULD_NOT_RUN = 2;
const INTERRUPTED = 130; // 128 + SIGINT, as shells report it
/** npm sends Ctrl-C on to a process that has it from the terminal already: what comes so soon after the first is the same wish. */
const SAME_WISH_MS = 1000;

/** Runs one command line to its end as this process: its streams, its signals, its exit status. */
export const runCommandLine = async (argv: readonly string[]): Promise<void> => {
  survivePipes();
  const interruption = new AbortController();
  let wishedAt = Infinity;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (performance.now() - wishedAt > SAME_WISH_MS) process.exit(INTERRUPTED);
      wishedAt = Math.min(wishedAt, performance.now());
      interruption.abort();
    });
  process.exitCode = await run(argv, {
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interruption.signal,
    colour: process.stdout.hasColors?.() ?? false,
  });
};

/** Runs one command line on a terminal and gives its exit status: 0, 1, 2, or 130 when it was interrupted. Never throws. */
export const run = async (argv: readonly string[], terminal: Terminal): Promise<number> => {
  let status: ExitStatus = 0;
  try {
    const program = await describe(argv, terminal, (result) => (status = result));
    await program.parseAsync(argv, { from: "user" });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : COULD_NOT_RUN;
    terminal.stderr.write(errorText(toErrorInfo(thrown), terminal.stderr.hasColors?.() ?? false));
    if (process.env.TOUCHSTONE_DEBUG) console.error(thrown);
    status = COULD_NOT_RUN;
  }
  return terminal.signal.aborted ? INTERRUPTED : status;
};

/** An error as people read it: what, why, and what to do. */
export const errorText = (error: ErrorInfo, colour: boolean): string => {
  const head = colour ? styleText("red", "error", { validateStream: false }) : "error";
  return `${head} ${error.code}: ${error.what}\n  why: ${error.why}\n  do:  ${error.todo}\n`;
};

/** Only the command asked for is loaded; help lists them all by their one-line summaries. */
const describe = async (argv: readonly string[], terminal: Terminal, finish: (status: ExitStatus) => void): Promise<Program> => {
  const program = new Program("touchstone")
    .description("Learns what good data looks like, finds what is not, and shows the rows.")
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .exitOverride()
    .showHelpAfterError("(touchstone --help lists the commands)")
    .showSuggestionAfterError();
  const [first, second] = argv.filter((word) => !word.startsWith("-"));
  const called = first === "help" ? second : first;
  for (const { name, usage, summary, load } of COMMANDS) {
    if (name === called) add(program, await load(), terminal, finish);
    else program.command(usage, { hidden: false }).summary(summary).description(summary).allowUnknownOption();
  }
  return program;
};

const add = (program: Program, loaded: Command | Group, terminal: Terminal, finish: (status: ExitStatus) => void): void => {
  if (!isGroup(loaded)) return addCommand(program, loaded, terminal, finish);
  const group = program.command(loaded.usage).summary(loaded.summary).description(loaded.docs).exitOverride().showHelpAfterError();
  for (const command of loaded.commands) addCommand(group, command, terminal, finish);
};

const addCommand = (program: Program, command: Command, terminal: Terminal, finish: (status: ExitStatus) => void): void => {
  const added = program.command(command.usage).summary(command.summary).description(command.docs).exitOverride();
  for (const option of command.options) {
    const described = new Flag(option.flags, option.docs);
    if (option.choices) described.choices([...option.choices]);
    if (option.default !== undefined) described.default(option.default);
    if (option.repeatable) described.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    added.addOption(described);
  }
  added.addHelpText("after", `\nExamples:\n${command.examples.map((example) => `  ${example}`).join("\n")}`);
  added.action(async (...all: unknown[]) => {
    const [values, ...rest] = [all.at(-2), ...all.slice(0, -2)];
    const args = rest.flat().filter((argument): argument is string => typeof argument === "string");
    finish(await command.run(args, values as Parameters<Command["run"]>[1], terminal));
  });
};

// `touchstone … | head` closes our output early: nobody reads on, but files, evidence and the exit status are still owed.
const survivePipes = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    });
};
