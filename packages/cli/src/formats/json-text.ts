/** JSON in pieces: the text of a report with every failing row may be longer than any one string (512 MB in V8). */

/**
 * The JSON of a value, members down to `depth` levels one by one, each on a line of its own unless `indent` is empty. What lies deeper
 * is written at once and on one line: a check or an anomaly is a line, which keeps large reports small and differences readable.
 */
export function* jsonText(value: unknown, depth: number, indent: string, margin = ""): Generator<string> {
  const members = depth > 0 ? membersOf(value) : [];
  if (members.length === 0) return yield JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const deeper = `${margin}${indent}`;
  const newLine = indent === "" ? "" : `\n${deeper}`;
  for (const [i, [label, member]] of members.entries()) {
    yield `${i === 0 ? open : ","}${newLine}${label}${label === "" || indent === "" ? "" : " "}`;
    yield* jsonText(member, depth - 1, indent, deeper);
  }
  yield indent === "" ? close : `\n${margin}${close}`;
}

const membersOf = (value: unknown): [label: string, member: unknown][] => {
  if (Array.isArray(value)) return value.map((member: unknown) => ["", member]);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[`${JSON.stringify(name)}:`, member]]));
};

/** Characters written at once. */
const BLOCK_CHARACTERS = 1_000_000;

/** Pieces joined to blocks: a write for each of a million pieces would take longer than the writing. */
export function* inBlocks(pieces: Iterable<string>): Generator<string> {
  let block = "";
  for (const piece of pieces) {
    block += piece;
    if (block.length < BLOCK_CHARACTERS) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}
