/** The shape of a command: one file with its words, options and story, or one with several of a noun. The list is in `index.ts`. */

export type Option = {
  /** As commander writes it: "-o, --output <file>". */
  flags: string;
  docs: string;
  /** May be given several times; the value is then a list. */
  repeatable?: boolean;
  choices?: readonly string[];
  default?: string;
};

export type Values = Readonly<Record<string, string | boolean | string[] | undefined>>;

/** Where text goes: a stream of this process, or what a test listens on. */
export type Output = { write: (text: string) => unknown; isTTY?: boolean; columns?: number; hasColors?: () => boolean };

/** Where a person types: this process's, or what a test writes into. */
export type Input = NodeJS.ReadableStream & { isTTY?: boolean };

/** What a command may use of the world. */
export type Terminal = {
  stdout: Output;
  stderr: Output;
  /** The process's own where it is not given. */
  stdin?: Input;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  colour: boolean;
};

/** 0 nothing wrong, 1 anomalies, 2 could not run. */
export type ExitStatus = 0 | 1 | 2;

export type Command = {
  /** "check <source...>": the name and what follows it. */
  usage: string;
  summary: string;
  docs: string;
  options: readonly Option[];
  examples: readonly string[];
  run: (args: readonly string[], values: Values, terminal: Terminal) => Promise<ExitStatus>;
};

/** Commands of one noun: `touchstone checks pull`. Each is a command like any other. */
export type Group = {
  /** The noun alone. */
  usage: string;
  summary: string;
  docs: string;
  commands: readonly Command[];
};

export const isGroup = (one: Command | Group): one is Group => "commands" in one;

export const text = (values: Values, name: string): string | undefined => (typeof values[name] === "string" ? values[name] : undefined);
export const list = (values: Values, name: string): string[] => (Array.isArray(values[name]) ? values[name] : []);
export const flag = (values: Values, name: string): boolean => values[name] === true;
