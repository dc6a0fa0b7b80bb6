/**
 * A file of checks with some of them changed, taken away or added. Only the text of those is written anew: comments, order and the
 * way of writing of everything else stay as people left them, so that git shows what a pull or push changed and nothing else.
 */
import type { QualityCheck } from "@touchstone/core/model/check";
import { stable } from "@touchstone/core/rules/check-difference";
import { currentKey } from "@touchstone/core/rules/read";
import { isMap, isSeq, parseDocument, visit, type Document, type YAMLMap, type YAMLSeq } from "yaml";
import { checksFromText, checksToJson, checksToYaml, fileForm, isJsonFile } from "../checks-file.ts";
import { lineStart, mappingEdits, valueText, withEdits } from "./yaml-edits.ts";

export type Edits = {
  /** For each check of the file in its order, as it is and as it shall be: undefined where it stays, null where it goes. */
  entries: readonly { before: QualityCheck; after: QualityCheck | null | undefined }[];
  /** Those that come anew. */
  added: readonly QualityCheck[];
};

/** The text of a file after the edits; null when no check is left in it. `text` is null for a file that is not there yet. */
export const editedText = (path: string, text: string | null, edits: Edits): string | null => {
  const checks = left(edits);
  if (checks.length === 0) return null;
  if (isJsonFile(path)) return checksToJson(checks);
  return (text === null ? null : editedYaml(text, edits)) ?? checksToYaml(checks);
};

const left = ({ entries, added }: Edits): QualityCheck[] => [
  ...entries.map(({ before, after }) => (after === undefined ? before : after)).filter((check) => check !== null),
  ...added,
];

// ── Where the checks are in the text ────────────────────────────────────────────────────────────────────────────

/** A check of a list: its lines from the comments above it on, and within them what YAML calls its node. */
type Piece = { node: YAMLMap; start: number; nodeStart: number; nodeEnd: number; end: number; indent: number };

/** Null for what is no plain list, one item below another: it is then written anew as a whole. */
const piecesOf = (document: Document.Parsed, text: string): Piece[] | null => {
  let isShared = false;
  visit(document, { Alias: () => void (isShared = true) });
  const { contents } = document;
  const list: unknown = isMap(contents) ? contents.get("checks", true) : contents;
  if (document.errors.length > 0 || isShared || !isSeq(list) || list.flow === true) return null;
  const starts = dashes(list).map((at, i) => (i === 0 ? lineStart(text, at) : aboveComments(text, lineStart(text, at))));
  const pieces = list.items.flatMap((node, i) => {
    const start = starts[i];
    if (!isMap(node) || !node.range || start === undefined) return [];
    const [nodeStart, nodeEnd] = node.range;
    const end = starts[i + 1] ?? list.range?.[2] ?? text.length;
    return [{ node, start, nodeStart, nodeEnd, end, indent: nodeStart - lineStart(text, nodeStart) }];
  });
  return pieces.length === list.items.length ? pieces : null;
};

/** Offsets of the dashes before the items. */
const dashes = (list: YAMLSeq): number[] =>
  list.srcToken?.type === "block-seq"
    ? list.srcToken.items.flatMap(({ start }) => start.find(({ type }) => type === "seq-item-ind")?.offset ?? [])
    : [];

/** Comments right above an item, no deeper than it, speak of it. */
const aboveComments = (text: string, start: number): number => {
  const depth = /^ */.exec(text.slice(start))?.[0].length ?? 0;
  let above = start;
  while (above > 0) {
    const line = lineStart(text, above - 1);
    const comment = /^( *)#/.exec(text.slice(line, above));
    if (comment === null || comment[1]!.length > depth) return above;
    above = line;
  }
  return above;
};

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A check's lines with what became otherwise in it; its whole node anew, where that is more than some values. */
const pieceText = (
  { node, start, nodeStart, nodeEnd, end, indent }: Piece,
  before: QualityCheck,
  after: QualityCheck,
  text: string,
): string => {
  const nameOf = (key: string, written: readonly string[]) => written.find((name) => currentKey(name) === key);
  const edits = mappingEdits(node, fileForm(before), fileForm(after), { text, nameOf });
  if (edits !== null) return withEdits(text, start, end, edits);
  const space = /\s*$/.exec(text.slice(nodeStart, nodeEnd))?.[0] ?? "";
  return `${text.slice(start, nodeStart)}${valueText(fileForm(after), indent, node.flow === true)}${space}${text.slice(nodeEnd, end)}`;
};

/** Whether a text says what it should: names of earlier times within a check may have stood in the way. */
const says = (text: string, checks: readonly QualityCheck[]): boolean =>
  stable(checksFromText(text, "").checks.map(fileForm)) === stable(checks.map(fileForm));

const editedYaml = (given: string, edits: Edits): string | null => {
  const text = given.replaceAll("\r\n", "\n");
  const document = parseDocument(text, { keepSourceTokens: true });
  const pieces = piecesOf(document, text);
  const [first, last] = [pieces?.[0], pieces?.at(-1)];
  if (pieces === null || first === undefined || last === undefined || pieces.length !== edits.entries.length) return null;
  const dash = lineStart(text, first.nodeStart) === first.start ? first.indent - 2 : first.indent;
  const kept = pieces.map((piece, i) => {
    const { before, after } = edits.entries[i]!;
    if (after === null) return "";
    return after === undefined ? text.slice(piece.start, piece.end) : pieceText(piece, before, after, text);
  });
  const margin = " ".repeat(Math.max(0, dash));
  const added = edits.added.map((check) => `\n${margin}- ${valueText(fileForm(check), margin.length + 2, false)}\n`);
  const list = kept.join("");
  const joint = added.length === 0 || list === "" || list.endsWith("\n") ? "" : "\n";
  const whole = `${text.slice(0, first.start)}${list}${joint}${added.join("")}${text.slice(last.end)}`;
  if (!says(whole, left(edits))) return null;
  return given.includes("\r\n") ? whole.replaceAll("\n", "\r\n") : whole;
};
