/**
 * Secrets by their shape, in any text: what is known to be one wherever it stands. A password of plain letters has no shape; it is found
 * only by its name, or because the cluster's own Secrets say what it is (`redact.ts`).
 */
import { assignmentsHidden, HIDDEN } from "./assignments.ts";

export { HIDDEN } from "./assignments.ts";

/** A text, with what is secret in it replaced. */
type Rule = (text: string) => string;

const replacing =
  (pattern: RegExp, by: string): Rule =>
  (text) =>
    text.replace(pattern, by);

/** A line of a key or certificate ends in base64, the last of it may be short; a log may write something before it. */
const PEM_LINE = /[A-Za-z0-9+/=]{16,}\s*$/;
const PEM_LAST_LINE = /[A-Za-z0-9+/=]{1,}\s*$/;
const PEM_BEGIN = /-----BEGIN ([A-Z0-9 ]+)-----/;
const PEM_END = /-----END ([A-Z0-9 ]+)-----/;
/** The longest key there is has some hundred lines; an end further away belongs to another one. */
const PEM_LINES_MAX = 400;

/** The line at which what begins at this one ends: its end, or the last that looks like a part of it. */
const pemEnd = (lines: readonly string[], begin: number): number => {
  for (let at = begin; at < lines.length && at < begin + PEM_LINES_MAX; at++) if (PEM_END.test(lines[at] ?? "")) return at;
  let last = begin;
  while (PEM_LINE.test(lines[last + 1] ?? "")) last++;
  return last;
};

/** Keys and certificates (RFC 7468): with escaped ends of lines, over many lines, and also where a log was cut in the middle of one. */
const pemHidden: Rule = (text) => {
  if (!/-----(BEGIN|END) /.test(text)) return text;
  const lines = text.replace(/-----BEGIN ([A-Z0-9 ]+)-----[^\n]*?-----END \1-----/g, "[redacted: $1]").split("\n");
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const begins = PEM_BEGIN.exec(line);
    const ends = PEM_END.exec(line);
    if (begins !== null) {
      kept.push(`${line.slice(0, begins.index)}[redacted: ${begins[1]}]`);
      at = pemEnd(lines, at);
    } else if (ends !== null) {
      if (PEM_LAST_LINE.test(kept.at(-1) ?? "")) kept.pop();
      while (PEM_LINE.test(kept.at(-1) ?? "")) kept.pop();
      kept.push(`[redacted: ${ends[1]}]`);
    } else kept.push(line);
  }
  return kept.join("\n");
};

/** `scheme://user:password@`, up to the last `@` that can belong to it, for passwords hold some themselves; not an image by tag and digest. */
const IN_URL = replacing(/(?<![A-Za-z0-9+.-])([A-Za-z0-9+.-]+:\/\/)[^\s"']*@(?!sha256:[a-f0-9]{64})/g, `$1${HIDDEN}@`);
const CREDENTIALS: readonly Rule[] = [
  IN_URL,
  // As Go's drivers and others write it, without a scheme.
  replacing(/(?<![\w.%+/-])[\w.%+-]+:[^\s:@"'/]{3,}@(?!sha256:[a-f0-9]{64})(?=[\w.([-])/g, `${HIDDEN}@`),
];

const HEADERS: readonly Rule[] = [
  replacing(/\b((?:proxy-)?authorization|x-api-key|(?:set-)?cookie)(\\*["']?\s*[:=]\s*\\*["']?)[^"'\n\\]+/gi, `$1$2${HIDDEN}`),
  replacing(/\b(Bearer)(\s+)[A-Za-z0-9._~+/=-]{8,}/gi, `$1$2${HIDDEN}`),
  // "Basic authentication" is a word about it.
  replacing(/\b(Basic|Digest|Negotiate|Token)(\s+)(?=\S*[A-Z\d=])[A-Za-z0-9._~+/=-]{8,}/g, `$1$2${HIDDEN}`),
];

/** Tokens that begin in a way of their own: ours (`tsdp_`), JSON Web Tokens, those of clouds and of services next to which we stand. */
const TOKENS = replacing(
  new RegExp(
    [
      String.raw`tsdp_[\w-]{8,}`,
      String.raw`eyJ[\w-]{8,}(?:\.[\w-]*){1,4}`,
      String.raw`(?:A3T|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|APKA)[A-Z0-9]{16}\b`,
      String.raw`AIza[\w-]{35}`,
      String.raw`ya29\.[\w-]{8,}`,
      String.raw`GOCSPX-[\w-]{8,}`,
      String.raw`[\w~.]{3}\dQ~[\w~.-]{31,34}`,
      String.raw`gh[pousr]_[A-Za-z0-9]{20,}`,
      String.raw`github_pat_\w{20,}`,
      String.raw`glpat-[\w-]{16,}`,
      String.raw`xox[abeoprs]-[\w-]{8,}`,
      String.raw`dapi[a-f0-9]{32}\b`,
      String.raw`dop_v1_[a-f0-9]{32,}`,
      String.raw`hv[bsr]\.[\w-]{16,}`,
      String.raw`npm_[A-Za-z0-9]{30,}`,
      String.raw`[sr]k_(?:live|test)_[A-Za-z0-9]{16,}`,
      String.raw`AGE-SECRET-KEY-1[A-Z0-9]{50,}`,
    ]
      .map((shape) => `(?<![A-Za-z0-9])(?:${shape})`)
      .join("|"),
    "g",
  ),
  HIDDEN,
);

/** What follows a word in a statement: SQL of databases that make users, and of the engine that makes secrets. */
const STATEMENT = /\b(PASSWORD|IDENTIFIED\s+BY|SECRET|KEY_ID|SESSION_TOKEN|BEARER_TOKEN|CONNECTION_STRING)(\s+)'(?:[^']|'')*'/gi;
/** `curl -u user:password`. */
const USER_FLAG = /(?<![\w-])(-u|--user|--proxy-user)([ =])["']?[^\s:"']+:\S+/g;
/** Addresses that are their own password. */
const WEBHOOK =
  /\b(hooks\.slack\.com\/services|[\w-]+\.webhook\.office\.com\/webhookb2|discord\.com\/api\/webhooks|api\.telegram\.org\/bot)[^\s"'<>]+/g;

const WRITTEN: readonly Rule[] = [
  replacing(STATEMENT, `$1$2'${HIDDEN}'`),
  replacing(USER_FLAG, `$1$2${HIDDEN}`),
  replacing(WEBHOOK, `$1/${HIDDEN}`),
];

/** 32 letters are 24 bytes of base64: fewer are too often words. */
const RANDOM_LETTERS_MIN = 32;
/** Words run to about 20 different letters; 43 random ones (32 bytes) have 31 on average, 32 have 25, each ± 2.5. */
const DIFFERENT_LETTERS_MIN = 18;
/** A path has a slash every few letters, base64 one in 64. */
const LETTERS_PER_SLASH_MIN = 10;

/** Whether letters look drawn by chance, as a key in base64 is. Hexadecimal ones do not: digests of images are such. */
const looksRandom = (letters: string): boolean =>
  /[a-z]/.test(letters) &&
  /[A-Z]/.test(letters) &&
  /\d/.test(letters) &&
  new Set(letters).size >= DIFFERENT_LETTERS_MIN &&
  letters.split("/").length - 1 <= letters.length / LETTERS_PER_SLASH_MIN;

const BASE64 = new RegExp(String.raw`[A-Za-z0-9+/_-]{${RANDOM_LETTERS_MIN},}={0,2}`, "g");
/** `TOUCHSTONE_SECRET_KEYS`: id and 32 bytes. */
const KEY_RING = replacing(/[\w.-]{1,40}:[A-Za-z0-9+/]{43}=/g, HIDDEN);
const RANDOM: Rule = (text) => text.replace(BASE64, (letters) => (looksRandom(letters) ? HIDDEN : letters));

/** Something that is base64 of a text is as secret as that text: documents of Docker, basic authorization, values of a Secret. */
const ENCODED_LETTERS_MIN = 8;
const ENCODED = new RegExp(String.raw`[A-Za-z0-9+/_-]{${ENCODED_LETTERS_MIN},}={0,2}`, "g");
const PRINTABLE = /^[\t\n\r\x20-\x7e\u00a0-\uffff]+$/;

const decoded = (letters: string): string | null => {
  const text = Buffer.from(letters, "base64").toString("utf8");
  return PRINTABLE.test(text) && !text.includes("\ufffd") ? text : null;
};

/** Replaces what is base64 of a text in which `hides` finds something. */
export const encodedHidden = (text: string, hides: Rule): string =>
  text.replace(ENCODED, (letters) => {
    const inner = decoded(letters);
    return inner !== null && hides(inner) !== inner ? HIDDEN : letters;
  });

const SHAPES: readonly Rule[] = [pemHidden, ...CREDENTIALS, ...HEADERS, TOKENS, KEY_RING, ...WRITTEN, assignmentsHidden, RANDOM];

/**
 * A text without what can be nothing but a secret: for what a program says when it fails, which stands in errors and records. There a
 * name before a colon is mostly a word ("token: expired"), so names tell nothing.
 */
export const certainHidden = (text: string): string => [pemHidden, IN_URL, TOKENS, KEY_RING].reduce((so, rule) => rule(so), text);

/** A text without the secrets whose shape or whose name tells them. */
export const shapesHidden = (text: string): string => SHAPES.reduce((so, rule) => rule(so), text);
