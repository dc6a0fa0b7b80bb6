/** Regular expressions that mean something simpler: equality, prefix, suffix, substring, one of a list. */
import type { Regex, RegexNode } from "@touchstone/core/expr/regex";

export type PlainPattern = { kind: "equals" | "startsWith" | "endsWith" | "contains"; text: string } | { kind: "oneOf"; texts: string[] };

/**
 * The plain test a regular expression stands for, null where it is more than one. Exact: a pattern qualifies only when
 * it is nothing but characters (or alternatives of them) between optional anchors. Plain tests cost a third of a
 * regular expression on text of many values, and engines can prune by equality and prefix.
 */
export const plainPattern = (regex: Regex): PlainPattern | null => {
  const items = regex.root.kind === "sequence" ? [...regex.root.items] : [regex.root];
  const anchored = { start: items[0]?.kind === "start", end: items.at(-1)?.kind === "end" && items.length > 1 };
  const middle = items.slice(anchored.start ? 1 : 0, anchored.end ? -1 : undefined);
  const [only] = middle;
  if (anchored.start && anchored.end && middle.length === 1 && only?.kind === "choice") {
    const texts = only.options.map(plainText);
    return texts.every((text) => text !== null) ? { kind: "oneOf", texts } : null;
  }
  const text = plainText({ kind: "sequence", items: middle });
  if (text === null || text === "") return null;
  if (anchored.start) return { kind: anchored.end ? "equals" : "startsWith", text };
  return { kind: anchored.end ? "endsWith" : "contains", text };
};

const plainText = (node: RegexNode): string | null => {
  if (node.kind === "char") return String.fromCodePoint(node.code);
  if (node.kind !== "sequence") return null;
  const texts = node.items.map(plainText);
  return texts.every((text) => text !== null) ? texts.join("") : null;
};
