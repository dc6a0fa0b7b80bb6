/**
 * The pattern that is found exactly where another one is not. With it "matches p" becomes "does not contain q", and what
 * must not be found can be looked for together with much else in one walk over a text.
 */
import { complement } from "./regex-classes.ts";
import type { Range, Regex, RegexNode } from "./regex-tree.ts";

/** A set of characters, so many times in a row. */
type Run = { ranges: readonly Range[]; min: number; max: number | null };

/** Repeats, added up, that may be spelled out: engines compile each into a state of its own. */
const REPEATS_MAX = 200;
const CODE_POINTS: readonly Range[] = [[0, 0x10ffff]];

/**
 * The absence of a pattern; null where it cannot be written shortly. It can for a pattern over the whole text that is a
 * row of runs (`^[A-Z]{2}-[0-9]+$`), each followed by characters it cannot hold itself: then a text parses in one way, and
 * fails at one place.
 */
export const absenceOf = ({ source, root }: Regex): Regex | null => {
  const runs = runsOf(root);
  if (runs === null || !parsesInOneWay(runs)) return null;
  if (runs.reduce((sum, { min, max }) => sum + (max ?? min), 0) > REPEATS_MAX) return null;
  return Object.freeze({ source: `not ${source}`, root: choice(runs.flatMap((_, i) => failuresAt(runs, i))) });
};

const runsOf = (root: RegexNode): Run[] | null => {
  const items = root.kind === "sequence" ? root.items : [root];
  if (items.length < 3 || items[0]!.kind !== "start" || items.at(-1)!.kind !== "end") return null;
  const runs = items.slice(1, -1).map(runOf);
  return runs.every((run) => run !== null) ? runs : null;
};

const runOf = (node: RegexNode): Run | null => {
  if (node.kind === "char") return { ranges: [[node.code, node.code]], min: 1, max: 1 };
  if (node.kind === "class") return { ranges: node.negated ? complement(node.ranges) : node.ranges, min: 1, max: 1 };
  if (node.kind !== "repeat") return null;
  const body = runOf(node.body);
  return body !== null && body.min === 1 && body.max === 1 ? { ...body, min: node.min, max: node.max } : null;
};

const isOpen = ({ min, max }: Run): boolean => min !== max;

/** A run that may end early must not hold what follows it, and one that may be empty stands alone. */
const parsesInOneWay = (runs: readonly Run[]): boolean =>
  runs.length === 1 ||
  runs.every(({ min }, i) => min > 0 && (i + 1 === runs.length || !isOpen(runs[i]!) || areDisjoint(runs[i]!.ranges, runs[i + 1]!.ranges)));

const areDisjoint = (a: readonly Range[], b: readonly Range[]): boolean =>
  a.every(([low, high]) => b.every(([from, to]) => to < low || from > high));

/** The ways in which a text can fail from the i-th run on, all runs before it being there. */
const failuresAt = (runs: readonly Run[], i: number): RegexNode[] => {
  const { ranges, min, max } = runs[i]!;
  const before = runs.slice(0, i);
  const next = runs[i + 1];
  const previous = runs[i - 1];
  const mayGoOn = previous !== undefined && isOpen(previous) ? previous.ranges : [];
  const failures: RegexNode[] = [];
  // It does not begin, or ends too soon.
  if (min > 0) failures.push(failure(before, null, [other([...ranges, ...mayGoOn]), END]));
  if (min > 1) failures.push(failure(before, { ranges, min: 1, max: min - 1 }, [other(ranges), END]));
  // It is as long as it may be, and something else follows than should.
  if (max !== null) failures.push(failure(before, { ranges, min: max, max }, [other(next?.ranges ?? [])]));
  // What follows the last run is too much.
  if (next === undefined && isOpen(runs[i]!)) failures.push(failure(before, { ranges, min, max }, [other(ranges)]));
  return failures;
};

const END: RegexNode = { kind: "end" };

/** A character outside of these; null when there is none. */
const other = (ranges: readonly Range[]): RegexNode | null => {
  const rest = ranges.length === 0 ? CODE_POINTS : complement(ranges);
  return rest.length === 0 ? null : { kind: "class", negated: false, ranges: rest };
};

const failure = (before: readonly Run[], part: Run | null, then: readonly (RegexNode | null)[]): RegexNode => {
  const endings = then.filter((node) => node !== null);
  // A class of nothing: a way that no text takes.
  if (endings.length === 0) return { kind: "sequence", items: [END, { kind: "class", negated: false, ranges: CODE_POINTS }] };
  const runs = part === null ? before : [...before, part];
  return { kind: "sequence", items: [{ kind: "start" }, ...runs.map(nodeOf), choice(endings)] };
};

const nodeOf = ({ ranges, min, max }: Run): RegexNode => ({ kind: "repeat", body: { kind: "class", negated: false, ranges }, min, max });

const choice = (options: readonly RegexNode[]): RegexNode => (options.length === 1 ? options[0]! : { kind: "choice", options });

/** One pattern that is found where any of several is. */
export const anyOf = (regexes: readonly Regex[]): Regex =>
  Object.freeze({ source: regexes.map(({ source }) => source).join("|"), root: choice(regexes.map(({ root }) => root)) });
