/** The tree of a portable regular expression. Case, laziness and groups are resolved while parsing and leave no trace. */

/** First and last code point, both in the set. */
export type Range = readonly [number, number];

export type RegexNode =
  | { kind: "char"; code: number }
  | { kind: "class"; negated: boolean; ranges: readonly Range[] }
  | { kind: "start" }
  | { kind: "end" }
  | { kind: "boundary"; negated: boolean }
  | { kind: "sequence"; items: readonly RegexNode[] }
  | { kind: "choice"; options: readonly RegexNode[] }
  | { kind: "repeat"; body: RegexNode; min: number; max: number | null };

export type Regex = { readonly source: string; readonly root: RegexNode };
