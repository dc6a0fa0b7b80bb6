/** Cells as they are shown and compared: safe for JSON, and one canonical text per value. Pure. */
import type { Cell } from "@touchstone/core/rules/rule";

export const MASK = "***MASKED***";

export type Shown = null | boolean | number | string | Shown[] | { [key: string]: Shown };

/** JSON-safe form of a cell: whole numbers beyond 2^53 are text, and so are NaN and the infinities. */
export const shown = (cell: Cell): Shown => {
  if (typeof cell === "bigint") return cell.toString();
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : String(cell);
  if (cell === null || typeof cell !== "object") return cell;
  if (Array.isArray(cell)) return cell.map(shown);
  return Object.fromEntries(Object.entries(cell).map(([key, value]) => [key, shown(value)]));
};

/** Text that is equal for equal values: 1, 1n and 1.0 are one; NULL differs from every text. Keys of a struct are sorted. */
export const canonical = (cell: Cell): string => {
  if (cell === null) return "∅";
  if (Array.isArray(cell)) return `[${cell.map(canonical).join(",")}]`;
  if (typeof cell === "object")
    return `{${Object.keys(cell)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(cell[key] ?? null)}`)
      .join(",")}}`;
  if (typeof cell !== "string") return String(cell);
  return ESCAPED.test(cell) ? JSON.stringify(cell) : `"${cell}"`;
};
/** What JSON writes in another way than as it is; most texts have nothing of it, and looking is quicker than writing anew. */
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Characters of a value quoted in a message. */
const QUOTED_MAX = 60;

/** A value as a message quotes it: short, on one line. */
export const quoted = (cell: Cell): string => {
  if (cell === null) return "missing (NULL)";
  const text = typeof cell === "object" ? JSON.stringify(shown(cell)) : String(cell);
  const line = text.replace(/\s+/g, " ");
  if (line.length <= QUOTED_MAX) return `'${line}'`;
  const characters = [...line];
  return characters.length > QUOTED_MAX ? `'${characters.slice(0, QUOTED_MAX).join("")}…'` : `'${line}'`;
};
