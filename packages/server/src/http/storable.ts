/** Texts that a store cannot hold: Postgres has no NUL in a text, and takes no half of a surrogate pair in JSON. */

/** Whether JSON text may spell one of them; a pattern that only looks like it is looked at again by `isStorable`. */
export const maySpellUnstorable = (json: string): boolean => /\\u(?:0000|d[89a-f])/i.test(json);

const isStorableText = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

/** Whether all texts in a value can be stored, its keys too. A list of what is left, as nesting may be deeper than the call stack. */
export const isStorable = (value: unknown): boolean => {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string" && !isStorableText(next)) return false;
    if (next === null || typeof next !== "object") continue;
    if (!Array.isArray(next)) for (const key of Object.keys(next)) left.push(key);
    for (const inner of Object.values(next)) left.push(inner);
  }
  return true;
};
