import { userError } from "@touchstone/core/errors";
import type { Command } from "./command.ts";
import { COMMANDS } from "./index.ts";

type Words = { name: string; summary: string; options: { flag: string; docs: string; choices: readonly string[] }[] };

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

const words = async (): Promise<Words[]> =>
  Promise.all(
    COMMANDS.map(async ({ name, summary, load }) => ({
      name,
      summary,
      options: (await load()).options.map(({ flags, docs, choices }) => ({
        flag: /--[\w-]+/.exec(flags)![0],
        docs,
        choices: choices ?? [],
      })),
    })),
  );

const bash = (commands: Words[]): string => `_touchstone() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$word")); return; fi
  case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(({ name, options }) => options.filter(({ choices }) => choices.length > 0).map(({ flag, choices }) => `    "${name} ${flag}") COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$word")); return;;`)).join("\n")}
  esac
  if [[ "$word" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${commands.map(({ name, options }) => `      ${name}) COMPREPLY=($(compgen -W "${options.map(({ flag }) => flag).join(" ")}" -- "$word"));;`).join("\n")}
    esac
    return
  fi
  COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _touchstone touchstone ./touchstone
`;

const quoted = (text: string): string => `'${text.replaceAll("'", "’").replaceAll(/[[\]:]/g, " ")}'`;

const zsh = (commands: Words[]): string => `#compdef touchstone
_touchstone() {
  local -a commands; commands=(${commands.map(({ name, summary }) => quoted(`${name}`).slice(0, -1) + `:${quoted(summary).slice(1)}`).join(" ")})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${commands.map(({ name, options }) => `    ${name}) _arguments ${options.map(({ flag, docs, choices }) => `'${flag}[${quoted(docs).slice(1, -1)}]${choices.length > 0 ? `:value:(${choices.join(" ")})` : ""}'`).join(" ")} '*:file:_files';;`).join("\n")}
  esac
}
compdef _touchstone touchstone
`;

const fish = (commands: Words[]): string =>
  [
    ...commands.map(({ name, summary }) => `complete -c touchstone -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`),
    ...commands.flatMap(({ name, options }) =>
      options.map(
        ({ flag, docs, choices }) =>
          `complete -c touchstone -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quoted(docs)}${choices.length > 0 ? ` -xa '${choices.join(" ")}'` : ""}`,
      ),
    ),
    "",
  ].join("\n");

const SHELLS: Record<string, (commands: Words[]) => string> = { bash, zsh, fish };
