import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterNames, jaroWinkler, soundex, type Likeness } from "./entity-names.ts";

/** Published values: Winkler 1990, table 1 of the later technical reports. */
const similar = (a: string, b: string, expected: number) =>
  test(`${a} and ${b}`, () => assert.equal(jaroWinkler(a, b).toFixed(3), expected.toFixed(3)));
similar("martha", "marhta", 0.961);
similar("dwayne", "duane", 0.84);
similar("dixon", "dicksonx", 0.813);
similar("abc", "xyz", 0);
similar("", "", 1);
similar("", "a", 0);
similar("same", "same", 1);
similar("a😀b", "a😀b", 1);

const sounds = (word: string, code: string) => test(`${word} sounds like ${code}`, () => assert.equal(soundex(word), code));
sounds("robert", "r163");
sounds("rupert", "r163");
sounds("ashcraft", "a261");
sounds("tymczak", "t522");
sounds("pfister", "p236");
sounds("honeyman", "h555");
sounds("4711", "4711");

const likeness: Likeness = { pair_substrings: false, pair_homophones: false, spelling_similarity_threshold: 1 };
/** Clusters as lists of their members. */
const clusters = (names: readonly string[], given: Partial<Likeness>, expected: string[][]) =>
  test(`${names.join(" | ")} with ${JSON.stringify(given)}`, () => {
    const numbers = clusterNames(names, { ...likeness, ...given });
    assert.deepEqual([...Map.groupBy(names, (_, i) => numbers[i]!).values()], expected);
  });
clusters(["Acme", "ACME.", "Àcme", "Acne"], {}, [["Acme", "ACME.", "Àcme"], ["Acne"]]);
clusters(["", "!", "a"], {}, [[""], ["!"], ["a"]]);
clusters(["Nordwind", "Nordwind GmbH", "Nordwinde"], { pair_substrings: true }, [["Nordwind", "Nordwind GmbH"], ["Nordwinde"]]);
clusters(["Smith", "Smyth", "Jones"], { pair_homophones: true }, [["Smith", "Smyth"], ["Jones"]]);
clusters(["Smith & Sons", "Smyth and Sons"], { pair_homophones: true }, [["Smith & Sons"], ["Smyth and Sons"]]);
clusters(["Mississippi", "Misissippi", "Missouri"], { spelling_similarity_threshold: 0.95 }, [["Mississippi", "Misissippi"], ["Missouri"]]);
clusters(["xartin", "martin"], { spelling_similarity_threshold: 0.85 }, [["xartin", "martin"]]);

/** More than a block holds, so that neighbours are looked at instead of all pairs. */
const NAMES = 5_000;

test("many names that begin alike are clustered in time, and neighbours are still found", () => {
  const word = (i: number) => Math.abs(Math.imul(i, 2_654_435_761)).toString(36);
  const names = Array.from({ length: NAMES }, (_, i) => `the ${word(i + 1)} ${word(i + 77_777)}`);
  const numbers = clusterNames([...names, `${names[500]}x`], { ...likeness, spelling_similarity_threshold: 0.97 });
  assert.equal(numbers[NAMES], numbers[500]);
});
