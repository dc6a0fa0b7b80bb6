import { userError } from "@touchstone/core/errors";
import { isGroup, type Command, type Group } from "./command.ts";
import { COMMANDS } from "./index.ts";

type Words = { name: string; summary: string; options: { flag: string; docs: string; choices: readonly string[] }[]; inner: Words[] };

/** Completion scripts, generated from the commands themselves. */
const command: Command = {
  usage: "completion <shell>",
  summary: "print the completion script of bash, zsh or fish",
  docs: "Prints a script that completes commands, options and their values. Sources and files are completed as paths.",
  options: [],
  examples: ["source <(touchstone completion bash)", "touchstone completion fish > ~/.config/fish/completions/touchstone.fish"],
  run: async ([shell], _values, { stdout }) => {
    const script = SHELLS[shell ?? ""];
    if (!script) throw userError("OPTION_INVALID", shell ?? "", `it is one of ${Object.keys(SHELLS).join(", ")}`);
    stdout.write(script(await words()));
    return 0;
  },
};
export default command;

const words = async (): Promise<Words[]> => Promise.all(COMMANDS.map(async ({ load }) => wordsOf(await load())));

const wordsOf = (one: Command | Group): Words => ({
  name: one.usage.split(" ")[0] ?? "",
  summary: one.summary,
  options: isGroup(one)
    ? []
    : one.options.map(({ flags, docs, choices }) => ({ flag: /--[\w-]+/.exec(flags)![0], docs, choices: choices ?? [] })),
  inner: isGroup(one) ? one.commands.map(wordsOf) : [],
});

/** Each command by what stands on the line before its options: `scan`, `checks pull`. */
const leaves = (commands: readonly Words[]): Words[] =>
  commands.flatMap(({ inner, ...own }) =>
    inner.length === 0 ? [{ ...own, inner }] : inner.map((one) => ({ ...one, name: `${own.name} ${one.name}` })),
  );

const groups = (commands: readonly Words[]): Words[] => commands.filter(({ inner }) => inner.length > 0);
const namesOf = (commands: readonly Words[]): string => commands.map(({ name }) => name).join(" ");

const bash = (commands: Words[]): string => `_touchstone() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" called="\${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${namesOf(commands)}" -- "$word")); return; fi
  case "$called" in
${groups(commands)
  .map(
    ({ name, inner }) =>
      `    ${name}) if [ "$COMP_CWORD" -eq 2 ]; then COMPREPLY=($(compgen -W "${namesOf(inner)}" -- "$word")); return; fi; called="$called \${COMP_WORDS[2]}";;`,
  )
  .join("\n")}
  esac
  case "$called $before" in
${leaves(commands)
  .flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(({ flag, choices }) => `    "${name} ${flag}") COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$word")); return;;`),
  )
  .join("\n")}
  esac
  if [[ "$word" == -* ]]; then
    case "$called" in
${leaves(commands)
  .map(({ name, options }) => `      "${name}") COMPREPLY=($(compgen -W "${options.map(({ flag }) => flag).join(" ")}" -- "$word"));;`)
  .join("\n")}
    esac
    return
  fi
  COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _touchstone touchstone ./touchstone
`;

const quoted = (text: string): string => `'${text.replaceAll("'", "’").replaceAll(/[[\]:]/g, " ")}'`;
/** Names with their summaries, as `_describe` reads them. */
const described = (commands: readonly Words[]): string =>
  commands.map(({ name, summary }) => `${quoted(name).slice(0, -1)}:${quoted(summary).slice(1)}`).join(" ");

const zsh = (commands: Words[]): string => `#compdef touchstone
_touchstone() {
  local called="$words[2]"
  local -a commands; commands=(${described(commands)})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$called" in
${groups(commands)
  .map(
    ({ name, inner }) =>
      `    ${name}) commands=(${described(inner)}); if (( CURRENT == 3 )); then _describe command commands; return; fi; called="$called $words[3]";;`,
  )
  .join("\n")}
  esac
  case "$called" in
${leaves(commands)
  .map(
    ({ name, options }) =>
      `    "${name}") _arguments ${options.map(({ flag, docs, choices }) => `'${flag}[${quoted(docs).slice(1, -1)}]${choices.length > 0 ? `:value:(${choices.join(" ")})` : ""}'`).join(" ")} '*:file:_files';;`,
  )
  .join("\n")}
  esac
}
compdef _touchstone touchstone
`;

/** When a word is seen, or both of a group and its command. */
const seen = (name: string): string =>
  name
    .split(" ")
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join("; and ");

const fish = (commands: Words[]): string =>
  [
    ...commands.map(({ name, summary }) => `complete -c touchstone -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`),
    ...groups(commands).flatMap(({ name, inner }) =>
      inner.map(
        (one) =>
          `complete -c touchstone -n '${seen(name)}; and not __fish_seen_subcommand_from ${namesOf(inner)}' -a ${one.name} -d ${quoted(one.summary)}`,
      ),
    ),
    ...leaves(commands).flatMap(({ name, options }) =>
      options.map(
        ({ flag, docs, choices }) =>
          `complete -c touchstone -n '${seen(name)}' -l ${flag.slice(2)} -d ${quoted(docs)}${choices.length > 0 ? ` -xa '${choices.join(" ")}'` : ""}`,
      ),
    ),
    "",
  ].join("\n");

const SHELLS: Record<string, (commands: Words[]) => string> = { bash, zsh, fish };
