/** Secrets by the name before them, in any text: `name=value`, `name: value`, `"name":"value"`, `--name value`, blocks of YAML, elements of XML. */
import { isSecretName } from "./secret-names.ts";

export const HIDDEN = "[redacted]";

/** A quote whose end is further away has lost it. */
const QUOTED_LETTERS_MAX = 16_384;

const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
};

/** What a pattern finds just here. */
const here = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
};

/**
 * Where a quoted value ends. A text within a text has its quotes behind 1 backslash, one within that behind 3: an end is as deep as the
 * beginning, and what is escaped within is deeper.
 */
const quotedEnd = (text: string, at: number, opening: string): number => {
  const [slashes, quote] = [opening.length - 1, opening.at(-1)];
  let run = 0;
  for (let place = at + opening.length; place < Math.min(text.length, at + QUOTED_LETTERS_MAX); place++) {
    if (text[place] === "\\") run++;
    else if (text[place] === quote && run % (2 * (slashes + 1)) === slashes) return place + 1;
    else run = 0;
  }
  return lineEnd(text, at);
};

/** Structure of a document, whose names are looked at one by one. */
const STRUCTURE = /[{[](?=\s|["'\\{[]|$)/y;
const OPENING = /\\*["']/y;
/** Up to what separates settings in connection strings and URLs; a comma or a bracket may belong to a password. */
const PLAIN = /(?:[^\s;&"\\]|\\[^"'nrt])+/y;

/** Where a value ends that begins here; here where there is none. */
const valueEnd = (text: string, at: number): number => {
  if (here(STRUCTURE, text, at) !== "") return at;
  const opening = here(OPENING, text, at);
  return opening === "" ? at + here(PLAIN, text, at).length : quotedEnd(text, at, opening);
};

/** A value that has its line for itself goes to the end of it, spaces included. */
const restEnd = (text: string, at: number): number => {
  const end = lineEnd(text, at);
  const rest = text.slice(at, end);
  if (/^[{[|>]|^\s*$/.test(rest)) return at;
  // A quote that ends before the line does is followed by other settings.
  return /^["']/.test(rest) && !/["'],?[ \t]*$/.test(rest) ? at : end;
};

/** Lines that are further in than the one that begins the block, and empty ones between them. */
const blockEnd = (text: string, at: number, begun: string): number => {
  const indent = /^[ \t]*/.exec(begun)?.[0].length ?? 0;
  let end = at;
  for (let from = at + 1; from <= text.length; from = lineEnd(text, from) + 1) {
    const line = text.slice(from, lineEnd(text, from));
    if (line.trim() !== "" && (/^[ \t]*/.exec(line)?.[0].length ?? 0) <= indent) break;
    if (line.trim() !== "") end = from + line.length;
  }
  return end;
};

/** The value replaced within the quotes it had: what was JSON stays JSON. */
const valueHidden = (value: string): string => {
  const [, opening = "", closing = ""] = /^(\\*["'])[\s\S]*?(\\*["'],?[ \t]*)$/.exec(value) ?? [];
  return `${opening}${HIDDEN}${closing}`;
};

type End = (text: string, at: number, begun: string) => number;

/** Replaces what follows a name that says it. What follows another is looked at for names of its own. */
const hidesAfter =
  (beginning: RegExp, endOf: End) =>
  (text: string): string => {
    let [told, at] = ["", 0];
    for (const match of text.matchAll(beginning)) {
      const start = match.index + match[0].length;
      if (match.index < at || !isSecretName(match.groups?.["name"] ?? "")) continue;
      const end = endOf(text, start, match[0]);
      if (end <= start) continue;
      told += text.slice(at, start) + valueHidden(text.slice(start, end));
      at = end;
    }
    return told + text.slice(at);
  };

const NAME = String.raw`(?<name>(?<![\w.-])[\w.-]+)`;
const PATH = String.raw`(?<name>[\w./-]+)`;

const RULES: readonly ((text: string) => string)[] = [
  hidesAfter(new RegExp(String.raw`^[ \t]*(?:- )?["']?${PATH}["']?[ \t]*:[ \t]*[|>][-+\d]*[ \t]*$`, "gm"), blockEnd),
  hidesAfter(new RegExp(String.raw`^[ \t]*(?:- )?["']?${PATH}["']?[ \t]*[:=][ \t]*`, "gm"), restEnd),
  hidesAfter(new RegExp(String.raw`${NAME}\\*["']?[ \t]*(?:=>|[:=])[ \t]*`, "g"), valueEnd),
  hidesAfter(/(?<![\w-])(?<name>--?[A-Za-z][\w-]*)[ \t]+(?!-)/g, valueEnd),
  hidesAfter(/<(?<name>[\w.:-]+)(?:\s[^<>]*)?>/g, (text, at) => Math.max(at, text.indexOf("<", at))),
];

/** A text without the values of names that say that they are secret. */
export const assignmentsHidden = (text: string): string => RULES.reduce((so, rule) => rule(so), text);
