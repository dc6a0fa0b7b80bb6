/**
 * What may leave a cluster for somebody else's eyes: any object, text of values or line of a log, with its secrets replaced. A secret is
 * recognised by where it stands (a Secret, an environment variable, a name that says so), by its shape (`secret-shapes.ts`), or because
 * a Secret of the same cluster holds it. What none of these tells is not recognised: a plain password in a sentence.
 */
import { parseDocument, stringify } from "yaml";
import { encodedHidden, HIDDEN, shapesHidden } from "./secret-shapes.ts";
import { isReference, isSecretName } from "./secret-names.ts";

export { HIDDEN } from "./secret-shapes.ts";

export type Redactor = {
  /** A text as it comes: a line of a log, many lines, what a program said. */
  text: (text: string) => string;
  /** The same value with its secrets replaced, keys of maps too; objects of Kubernetes are known as such. */
  value: (value: unknown) => unknown;
};

/** Shorter ones are words that stand everywhere. */
const KNOWN_LETTERS_MIN = 6;
/** Of a secret of several lines, one that stands elsewhere by itself; shorter ones of a file of settings do so by chance. */
const LINE_LETTERS_MIN = 16;
/** A document in a text is read as one up to here: a value of a ConfigMap has at most a megabyte. */
const DOCUMENT_LETTERS_MAX = 2 ** 20;

/** Enough for the objects of a namespace, and some megabytes. */
const REMEMBERED_MAX = 10_000;

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** Written by `kubectl apply` (and by tools after it): the whole object once more, as a text. */
const COPIES = /last-applied-configuration$|^objectset\.rio\.cattle\.io\/applied$/;
/** Of metadata, what says nothing to a reader: who owns which field. */
const NOISE = new Set(["managedFields"]);

/** How a value may be written elsewhere: as it is, in a URL, in JSON. Base64 of it is found by reading what is encoded. */
const spellings = (value: string): string[] => [value, encodeURIComponent(value), encodeURI(value), JSON.stringify(value).slice(1, -1)];

/** The password in a URL, which may stand elsewhere by itself. */
const passwordsIn = (value: string): string[] =>
  [...value.matchAll(/:\/\/[^\s:@/]*:(\S*)@/g)].flatMap(([, password = ""]) => {
    try {
      return [password, decodeURIComponent(password)];
    } catch {
      return [password];
    }
  });

/** Longest first, so that no rest of a longer one stays. */
const knownTexts = (known: Iterable<string>): string[] => {
  const linesOf = (value: string) =>
    value
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.length >= LINE_LETTERS_MIN);
  const texts = [...known].flatMap((value) => [value, value.trim(), ...linesOf(value), ...passwordsIn(value)]).flatMap(spellings);
  return [...new Set(texts)].filter((text) => text.length >= KNOWN_LETTERS_MIN).toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
};

const isSecretObject = (tree: Tree): boolean => tree["kind"] === "Secret" && (isTree(tree["data"]) || isTree(tree["stringData"]));

const secretHidden = (tree: Tree): Tree => {
  const hide = (data: unknown) => (isTree(data) ? Object.fromEntries(Object.keys(data).map((key) => [key, HIDDEN])) : data);
  return {
    ...tree,
    ...("data" in tree ? { data: hide(tree["data"]) } : {}),
    ...("stringData" in tree ? { stringData: hide(tree["stringData"]) } : {}),
  };
};

/** The name that stands beside a value: `{name, value}` of variables and headers, `{key, value}` of settings. */
const namedBeside = (tree: Tree): string | null => {
  const name = tree["name"] ?? tree["key"];
  return typeof name === "string" && "value" in tree ? name : null;
};

/** Whether the argument before says that this one is a secret: `--password hunter2`, `-u me:hunter2`. */
const followsFlag = (list: readonly unknown[], at: number): boolean => {
  const [before, own] = [list[at - 1], list[at]];
  if (typeof before !== "string") return false;
  if (/^(-u|--user|--proxy-user)$/.test(before)) return typeof own === "string" && own.includes(":");
  return /^--?[A-Za-z][\w-]*$/.test(before) && isSecretName(before);
};

type Heard = (secret: string) => void;

/** Everything in it hidden, its shape and what `named` makes of its names kept. Truth values are no secrets, and nothing is none. */
const hidden = (value: unknown, named: (key: string) => string, heard: Heard): unknown => {
  if (Array.isArray(value)) return value.map((one) => hidden(one, named, heard));
  if (isTree(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [named(key), hidden(inner, named, heard)]));
  if (typeof value === "string") heard(value);
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? HIDDEN : value;
};

/** The document that a text is, where it is one: JSON, or YAML of more than a line. */
const documentIn = (text: string): { value: unknown; write: (value: unknown) => string } | null => {
  if (text.length > DOCUMENT_LETTERS_MAX) return null;
  if (/^\s*[{[]/.test(text))
    try {
      const value: unknown = JSON.parse(text);
      return { value, write: (changed) => JSON.stringify(changed) };
    } catch {
      // It only begins like one.
    }
  if (!/\n/.test(text) || !/^\s*(- )?["']?[\w./-]+["']?:/m.test(text)) return null;
  try {
    const document = parseDocument(text, { uniqueKeys: false, logLevel: "silent" });
    const value: unknown = document.errors.length > 0 ? null : document.toJS();
    // One that leads back to itself, or grows without end, is no document.
    return isTree(value) || Array.isArray(value)
      ? { value: JSON.parse(JSON.stringify(value)), write: (changed) => stringify(changed, { lineWidth: 0 }) }
      : null;
  } catch {
    return null;
  }
};

/** A redactor that also knows these values as secret, wherever they stand; `heard` is told of each that its place has told. */
export const redactor = (known: Iterable<string> = [], heard: Heard = () => undefined): Redactor => {
  const texts = knownTexts(known);
  const knownHidden = (text: string): string => texts.reduce((so, one) => so.replaceAll(one, HIDDEN), text);
  const plainHidden = (text: string): string => shapesHidden(knownHidden(text));
  const lineHidden = (text: string): string => encodedHidden(plainHidden(text), plainHidden);

  const hide = (value: unknown): unknown => hidden(value, lineHidden, heard);

  const readText = (text: string): string => {
    const document = documentIn(text);
    if (document === null) return lineHidden(text);
    const changed = value(document.value);
    // Unless something is hidden, the text stays as its author wrote it, comments included.
    return lineHidden(JSON.stringify(changed) === JSON.stringify(document.value) ? text : document.write(changed));
  };

  const read = new Map<string, string>();
  /** Objects of a cluster say the same again and again. */
  const textValue = (text: string): string => {
    const known = read.get(text);
    if (known !== undefined) return known;
    if (read.size >= REMEMBERED_MAX) read.clear();
    const told = readText(text);
    read.set(text, told);
    return told;
  };

  const entry = (key: string, inner: unknown, tree: Tree): unknown => {
    if (COPIES.test(key)) return HIDDEN;
    if (key === "binaryData" && isTree(inner)) return hide(inner);
    if (key === "value") {
      const name = namedBeside(tree);
      if (name !== null && isSecretName(name)) return hide(inner);
    }
    return isSecretName(key) && !isReference(key, inner) ? hide(inner) : value(inner);
  };

  const map = (tree: Tree): Tree => {
    const result: Tree = {};
    for (const [key, inner] of Object.entries(isSecretObject(tree) ? secretHidden(tree) : tree)) {
      if (NOISE.has(key)) continue;
      const told = lineHidden(key);
      let free = told;
      for (let count = 2; Object.hasOwn(result, free); count++) free = `${told} (${count})`;
      result[free] = entry(key, inner, tree);
    }
    return result;
  };

  const value = (given: unknown): unknown => {
    if (typeof given === "string") return textValue(given);
    if (Array.isArray(given)) return given.map((one, at) => (followsFlag(given, at) ? hide(one) : value(one)));
    return isTree(given) ? map(given) : given;
  };

  /** A line that is a JSON object is one of our own logs: its names tell more than its text. */
  const logLine = (line: string): string => {
    const start = line.indexOf("{");
    if (start < 0 || !line.endsWith("}")) return line;
    try {
      const entries: unknown = JSON.parse(line.slice(start));
      return `${line.slice(0, start)}${JSON.stringify(value(entries))}`;
    } catch {
      return line;
    }
  };

  return { text: (text) => lineHidden(text.split("\n").map(logLine).join("\n")), value };
};

/** Any manifest, values or text without what is known to be secret. */
export const redacted = (value: unknown): unknown => redactor().value(value);
export const redactedText = (text: string): string => redactor().text(text);

/** What the places of a value tell to be secret, to be looked for elsewhere too. */
export const secretsNamedIn = (value: unknown): string[] => {
  const found = new Set<string>();
  redactor([], (secret) => found.add(secret)).value(value);
  return [...found];
};
