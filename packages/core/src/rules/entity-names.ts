/** Names that mean the same thing: normalised, then joined by spelling, sound and containment. Pure and deterministic. */

export type Likeness = { pair_substrings: boolean; pair_homophones: boolean; spelling_similarity_threshold: number };

/** Names that share this many characters at an end are a block. */
const BLOCK_PREFIX = 3;
/** Names within a block are all compared with each other up to this size … */
const BLOCK_MAX = 400;
/** … and in a larger one with so many neighbours: 50,000 names that begin alike take some seconds. */
const NEIGHBOURS = 60;

/** For each name the number of its cluster; equal numbers mean the same thing. */
export const clusterNames = (names: readonly string[], likeness: Likeness): number[] => {
  const normal = names.map(normalise);
  const joined = disjointSets(names.length);
  joinEqual(normal, joined);
  if (likeness.pair_substrings) joinContained(normal, joined);
  if (likeness.pair_homophones)
    joinEqual(
      normal.map((name) => name.split(" ").map(soundex).join(" ")),
      joined,
    );
  if (likeness.spelling_similarity_threshold < 1) joinSimilar(normal, likeness.spelling_similarity_threshold, joined);
  return names.map((_, index) => joined.rootOf(index));
};

/** Lower case without accents and punctuation, blanks collapsed. */
const normalise = (name: string): string =>
  name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

type DisjointSets = { rootOf: (index: number) => number; join: (a: number, b: number) => void };

const disjointSets = (size: number): DisjointSets => {
  const parent = Array.from({ length: size }, (_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!;
    return root;
  };
  // The smaller index becomes the root, so that the order of joining does not show.
  const join = (a: number, b: number): void => {
    const [low, high] = [rootOf(a), rootOf(b)].sort((x, y) => x - y);
    parent[high!] = low!;
  };
  return { rootOf, join };
};

const joinEqual = (keys: readonly string[], { join }: DisjointSets): void => {
  const first = new Map<string, number>();
  keys.forEach((key, index) => {
    if (key.trim() === "") return;
    const known = first.get(key);
    if (known === undefined) first.set(key, index);
    else join(known, index);
  });
};

/** A name whose words stand, in a row, within another. Found by the runs of words of the longer name. */
const joinContained = (normal: readonly string[], { join }: DisjointSets): void => {
  const whole = new Map(normal.map((name, index) => [name, index]));
  normal.forEach((name, index) => {
    const words = name.split(" ");
    for (let from = 0; from < words.length; from++)
      for (let to = from + 1; to <= words.length; to++) {
        const other = whole.get(words.slice(from, to).join(" "));
        if (other !== undefined && other !== index && normal[other] !== "") join(index, other);
      }
  });
};

/**
 * Names that begin alike or end alike are compared; typing errors rarely hit both ends. Of a block too large to compare
 * everything, each name is compared with its neighbours in the order of spelling (Hernández and Stolfo 1995, "The
 * merge/purge problem for large databases": the sorted neighbourhood), once read forwards and once backwards.
 */
const joinSimilar = (normal: readonly string[], threshold: number, joined: DisjointSets): void => {
  const named = normal.map((name, index) => ({ name, index, spelling: name })).filter(({ name }) => name !== "");
  const backwards = named.map((one) => ({ ...one, spelling: [...one.name].reverse().join("") }));
  for (const direction of [named, backwards]) {
    const blocks = Map.groupBy(direction, ({ spelling }) => spelling.slice(0, BLOCK_PREFIX));
    for (const block of blocks.values())
      joinBlock(
        block.sort((a, b) => (a.spelling < b.spelling ? -1 : 1)),
        threshold,
        joined,
      );
  }
};

const joinBlock = (block: readonly { name: string; index: number }[], threshold: number, { join, rootOf }: DisjointSets): void => {
  const reach = block.length <= BLOCK_MAX ? block.length : NEIGHBOURS;
  block.forEach((a, position) => {
    const end = Math.min(block.length, position + 1 + reach);
    for (let other = position + 1; other < end; other++) {
      const b = block[other]!;
      if (rootOf(a.index) !== rootOf(b.index) && couldBe(a.name, b.name, threshold) && jaroWinkler(a.name, b.name) >= threshold)
        join(a.index, b.index);
    }
  });
};

/** Whether lengths alone allow the similarity: all of the shorter name matches, in order, after four equal characters. */
const couldBe = (a: string, b: string, threshold: number): boolean => {
  const jaro = (2 + Math.min(a.length, b.length) / Math.max(a.length, b.length)) / 3;
  return jaro + 4 * 0.1 * (1 - jaro) >= threshold;
};

/**
 * Jaro-Winkler similarity, 0..1: W. E. Winkler, String Comparator Metrics and Enhanced Decision Rules in the
 * Fellegi-Sunter Model of Record Linkage, 1990. Prefix weight 0.1 over at most four characters.
 */
export const jaroWinkler = (a: string, b: string): number => {
  if (a === b) return 1;
  const window = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = Array.from({ length: b.length }, () => false);
  const matchedA: string[] = [];
  for (let i = 0; i < a.length; i++)
    for (let j = Math.max(0, i - window); j < Math.min(b.length, i + window + 1); j++)
      if (!taken[j] && a[i] === b[j]) {
        taken[j] = true;
        matchedA.push(a[i]!);
        break;
      }
  if (matchedA.length === 0) return 0;
  const matchedB = b.split("").filter((_, j) => taken[j]);
  const transposed = matchedA.filter((character, i) => character !== matchedB[i]).length / 2;
  const m = matchedA.length;
  const jaro = (m / a.length + m / b.length + (m - transposed) / m) / 3;
  let prefix = 0;
  while (prefix < 4 && a[prefix] === b[prefix] && prefix < a.length) prefix++;
  return jaro + prefix * 0.1 * (1 - jaro);
};

const SOUNDS: Readonly<Record<string, string>> = {
  b: "1",
  f: "1",
  p: "1",
  v: "1",
  c: "2",
  g: "2",
  j: "2",
  k: "2",
  q: "2",
  s: "2",
  x: "2",
  z: "2",
  d: "3",
  t: "3",
  l: "4",
  m: "5",
  n: "5",
  r: "6",
};

/** American Soundex of a word (US National Archives, https://www.archives.gov/research/census/soundex). */
export const soundex = (word: string): string => {
  const letters = word.replaceAll(/[^a-z]/g, "");
  if (letters === "") return word;
  let code = letters[0]!;
  let last = SOUNDS[letters[0]!] ?? "";
  for (const letter of letters.slice(1)) {
    const sound = SOUNDS[letter] ?? "";
    if (sound !== "" && sound !== last) code += sound;
    // h and w do not part equal sounds, vowels do.
    if (letter !== "h" && letter !== "w") last = sound;
  }
  return code.slice(0, 4).padEnd(4, "0");
};
