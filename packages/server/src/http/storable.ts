/** Texts that a store cannot hold: Postgres has no NUL in a text, and takes no half of a surrogate pair in JSON. */

/** Whether JSON text may spell one of them; a pattern that only looks like it is looked at again by `isStorable`. */
export const maySpellUnstorable = (json: string): boolean => /\\u(?:0000|d[89a-f])/i.test(json);

const isStorableText = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

/** Whether all texts in a value can be stored, its keys too. The nesting is that of a request, which the parser has limited. */
export const isStorable = (value: unknown): boolean => {
  if (typeof value === "string") return isStorableText(value);
  if (Array.isArray(value)) return value.every(isStorable);
  if (value === null || typeof value !== "object") return true;
  return Object.entries(value).every(([key, inner]) => isStorableText(key) && isStorable(inner));
};
