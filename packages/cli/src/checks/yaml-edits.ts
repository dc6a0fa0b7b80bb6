/**
 * Changes of a mapping in YAML as changes of its text: only the values that became otherwise are written anew. What would need more
 * than that is null, and the caller writes the whole mapping.
 */
import { stable } from "@touchstone/core/rules/check-difference";
import { Document, isCollection, isMap, isNode, isScalar, type YAMLMap } from "yaml";

export type TextEdit = { from: number; to: number; text: string };
type Mapping = Readonly<Record<string, unknown>>;

/** Long texts stay on one line, so that patterns and expressions are seen whole. */
const PRINTED = { lineWidth: 0, flowCollectionPadding: false } as const;

/** A value as lines, those behind the first indented; in brackets and on one line where the text around it is. */
export const valueText = (value: unknown, indent: number, isFlow: boolean): string => {
  if (typeof value === "string" && value.includes("\n")) return JSON.stringify(value);
  const alone = new Document(value, { compat: "yaml-1.1", aliasDuplicateObjects: false });
  if (isFlow && isCollection(alone.contents)) alone.contents.flow = true;
  const lines = alone.toString(PRINTED).trimEnd().split("\n");
  return lines.map((line, i) => (i === 0 || line === "" ? line : `${" ".repeat(indent)}${line}`)).join("\n");
};

export const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;
const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end;
};
/** Block values end with the line behind them. */
const contentEnd = (text: string, [from, to]: readonly [number, number, ...unknown[]]): number =>
  from + text.slice(from, to).trimEnd().length;

const isMapping = (value: unknown): value is Mapping => value !== null && typeof value === "object" && !Array.isArray(value);

type Place = { text: string; nameOf: (key: string, written: readonly string[]) => string | undefined };

/** Null where it cannot be done by changing values. `nameOf` says under which of the written names a key stands. */
export const mappingEdits = (node: YAMLMap, was: Mapping, is: Mapping, place: Place): TextEdit[] | null => {
  const written = node.items.map(({ key }) => (isScalar(key) ? String(key.value) : ""));
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => stable(was[key]) !== stable(is[key]));
  const edits: TextEdit[] = [];
  const added: [string, unknown][] = [];
  for (const key of keys) {
    const at = written.indexOf(place.nameOf(key, written) ?? "");
    const pair = node.items[at];
    if (pair === undefined) {
      if (Object.hasOwn(is, key)) added.push([key, is[key]]);
      continue;
    }
    const edit = Object.hasOwn(is, key)
      ? changed(pair.value, was[key], is[key], node.flow === true, place)
      : removed(pair, at, node, place.text);
    if (edit === null) return null;
    edits.push(...edit);
  }
  const addition = added.length === 0 ? [] : addedTo(node, added, place.text);
  return addition === null ? null : [...edits, ...addition];
};

const changed = (node: unknown, was: unknown, is: unknown, isFlow: boolean, place: Place): TextEdit[] | null => {
  if (!isNode(node) || !node.range) return null;
  if (isMap(node) && isMapping(was) && isMapping(is)) {
    const nameOf = (key: string, written: readonly string[]) => written.find((name) => name === key);
    return mappingEdits(node, was, is, { ...place, nameOf });
  }
  const [from, to] = [node.range[0], contentEnd(place.text, node.range)];
  const isBlock = isCollection(node) && node.flow !== true;
  if (isBlock && (typeof is !== "object" || is === null)) return null;
  const column = from - lineStart(place.text, from);
  return [{ from, to, text: valueText(is, column, isFlow || !isBlock) }];
};

/** A pair with the line it has for itself. */
const removed = (pair: YAMLMap["items"][number], at: number, node: YAMLMap, text: string): TextEdit[] | null => {
  const { key, value } = pair;
  if (node.flow === true || at === 0 || !isNode(key) || !key.range || !isNode(value) || !value.range) return null;
  return [{ from: lineStart(text, key.range[0]), to: lineEnd(text, contentEnd(text, value.range)) + 1, text: "" }];
};

/** Behind the last pair: on lines of their own, or before the closing bracket. */
const addedTo = (node: YAMLMap, added: readonly [string, unknown][], text: string): TextEdit[] | null => {
  if (!node.range) return null;
  const [start] = node.range;
  const end = contentEnd(text, node.range);
  if (node.flow !== true) {
    const indent = start - lineStart(text, start);
    const lines = added.map(([key, value]) => `\n${" ".repeat(indent)}${valueText({ [key]: value }, indent, false)}`);
    const at = lineEnd(text, end);
    return [{ from: at, to: at, text: lines.join("") }];
  }
  const inner = text.slice(start + 1, end - 1).trimEnd();
  const at = start + 1 + inner.length;
  const pairs = added.map(([key, value]) => `${valueText(key, 0, true)}: ${valueText(value, 0, true)}`);
  return inner.endsWith(",") || inner.trim() === "" ? null : [{ from: at, to: at, text: `, ${pairs.join(", ")}` }];
};

/** The part of a text between two offsets, after the edits in it. */
export const withEdits = (text: string, from: number, to: number, edits: readonly TextEdit[]): string => {
  let done = from;
  let result = "";
  for (const edit of edits.toSorted((a, b) => a.from - b.from)) {
    result += text.slice(done, edit.from) + edit.text;
    done = Math.max(done, edit.to);
  }
  return result + text.slice(done, to);
};
