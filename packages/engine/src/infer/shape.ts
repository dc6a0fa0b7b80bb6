/** The shape of text: runs of digits, of upper-case and of other letters, and the signs between them. */

export type RunKind = "digits" | "upper" | "lower" | "sign";
export type Run = { kind: RunKind; text: string };

const kindOf = (character: string): RunKind => {
  if (character >= "0" && character <= "9") return "digits";
  if (character >= "a" && character <= "z") return "lower";
  if (character >= "A" && character <= "Z") return "upper";
  if (character < "\u0080") return "sign";
  if (/\p{Lu}/u.test(character)) return "upper";
  return /\p{L}/u.test(character) ? "lower" : "sign";
};

/** Runs beyond which a text counts as prose without a shape. */
export const RUNS_MAX = 24;

/** A sign before digits where no name can be, and thousands between commas: parts of a number. */
const isMinus = (text: string, at: number) => text[at] === "-" && /[0-9]/.test(text[at + 1] ?? "") && /^$|[\s(]/.test(text[at - 1] ?? "");
const isThousands = (text: string, at: number) =>
  text[at] === "," && /[0-9]/.test(text[at - 1] ?? "") && /^[0-9]{3}([^0-9]|$)/.test(text.slice(at + 1, at + 5));

const kindAt = (text: string, at: number, character: string): RunKind =>
  isMinus(text, at) || isThousands(text, at) ? "digits" : kindOf(character);

/** The runs of a text; null when it has too many. */
export const runsOf = (text: string): Run[] | null => {
  const runs: Run[] = [];
  let at = -1;
  for (const character of text) {
    at += character.length;
    const kind = kindAt(text, at, character);
    const last = runs.at(-1);
    if (last !== undefined && last.kind === kind && kind !== "sign") last.text += character;
    else if (runs.push({ kind, text: character }) > RUNS_MAX) return null;
  }
  return runs;
};

const FOLDED: Record<RunKind, string> = { digits: "9", upper: "A", lower: "a", sign: "" };

/** Shape of a text without the lengths of its runs: `A9-9`; null when it has too many. */
export const foldedShape = (text: string): string | null => {
  let [shape, last, runs, at] = ["", "sign", 0, 0];
  for (const character of text) {
    const kind = kindAt(text, at, character);
    at += character.length;
    if (kind === last && kind !== "sign") continue;
    if (++runs > RUNS_MAX) return null;
    shape += kind === "sign" ? character : FOLDED[kind];
    last = kind;
  }
  return shape;
};

/** Shape with them: `AA9999-99`. */
export const exactShape = (runs: readonly Run[]): string =>
  runs.map((r) => (r.kind === "sign" ? r.text : FOLDED[r.kind].repeat(r.text.length))).join("");

const escape = (character: string): string => (/[\\^$.|?*+()[\]{}]/.test(character) ? `\\${character}` : character);
export const escapeText = (text: string): string => [...text].map(escape).join("");

const CLASSES: Record<Exclude<RunKind, "sign">, string> = { digits: "[0-9]", upper: "[A-Z]", lower: "[a-z]" };
/** Letters beyond ASCII have no portable class. */
const ASCII = /^[\u0020-\u007e]*$/;

/** What texts of one folded shape have in common at one place. */
export type Slot = { kind: RunKind; literal: string | null; length: number | null; number?: { minus: boolean; thousands: boolean } };

/** Regular expression of one place; null where the letters have no portable class. */
export const slotPattern = (slot: Slot): string | null => {
  if (slot.literal !== null) return ASCII.test(slot.literal) ? escapeText(slot.literal) : null;
  if (slot.kind === "sign") return null;
  if (slot.number?.minus || slot.number?.thousands)
    return `${slot.number.minus ? "-?" : ""}[0-9]+${slot.number.thousands ? "(,[0-9]{3})*" : ""}`;
  if (slot.length === null) return `${CLASSES[slot.kind]}+`;
  return slot.length === 1 ? CLASSES[slot.kind] : `${CLASSES[slot.kind]}{${slot.length}}`;
};
