/** Who changed what since files and server agreed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readCheck } from "@touchstone/core/rules/read";
import { byKey } from "./base-file.ts";
import { compare, type Checks } from "./compare.ts";
import { differencesText } from "./describe.ts";
import { identified } from "./identify.ts";
import { planPush } from "./push.ts";

const check = (max: number, more: object = {}) =>
  readCheck({ uid: "u", rule_type: "between", container: "orders", fields: ["price"], properties: { min: 0, max }, ...more });
const sideOf = (max: number | null): Checks => (max === null ? new Map() : byKey([check(max)]));

/** Upper bounds of one check in base, files and server; null where it is not. `unknown`: nothing was ever pulled. */
const CASES: { name: string; base: number | null | "unknown"; local: number | null; remote: number | null; is: string }[] = [
  { name: "nothing changed", base: 1, local: 1, remote: 1, is: "" },
  { name: "both changed to the same", base: 1, local: 2, remote: 2, is: "" },
  { name: "both retired it", base: 1, local: null, remote: null, is: "" },
  { name: "changed here", base: 1, local: 2, remote: 1, is: "files changed" },
  { name: "changed there", base: 1, local: 1, remote: 2, is: "server changed" },
  { name: "changed on both sides", base: 1, local: 2, remote: 3, is: "both changed" },
  { name: "added here", base: null, local: 1, remote: null, is: "files added" },
  { name: "added there", base: null, local: null, remote: 1, is: "server added" },
  { name: "added on both sides", base: null, local: 1, remote: 2, is: "both changed" },
  { name: "retired here", base: 1, local: null, remote: 1, is: "files retired" },
  { name: "retired there", base: 1, local: 1, remote: null, is: "server retired" },
  { name: "retired here, changed there", base: 1, local: null, remote: 2, is: "both retired" },
  { name: "changed here, retired there", base: 1, local: 2, remote: null, is: "both added" },
  { name: "never pulled, only here", base: "unknown", local: 1, remote: null, is: "files added" },
  { name: "never pulled, only there", base: "unknown", local: null, remote: 1, is: "server added" },
  { name: "never pulled, another", base: "unknown", local: 1, remote: 2, is: "both changed" },
  { name: "never pulled, the same", base: "unknown", local: 1, remote: 1, is: "" },
];

test("each side's changes since they agreed", () => {
  for (const { name, base, local, remote, is } of CASES) {
    const items = compare(base === "unknown" ? null : sideOf(base), sideOf(local), sideOf(remote));
    assert.equal(items.map(({ side, kind }) => `${side} ${kind}`).join(), is, name);
  }
});

test("an archived check in the files is wanted gone, and nothing to do where it is", () => {
  const archived = byKey([check(1, { status: "Archived" })]);
  assert.deepEqual(compare(archived, archived, new Map()), []);
  const [item] = compare(sideOf(1), archived, sideOf(1));
  assert.deepEqual([item?.side, item?.kind, item?.changes], ["files", "changed", { status: ["Active", "Archived"] }]);
});

test("a push sends what is the files' own, and leaves or forces the rest", () => {
  const local = byKey([check(2, { uid: "mine" }), check(2, { uid: "theirs" }), check(2, { uid: "new" })]);
  const base = byKey([check(1, { uid: "mine" }), check(2, { uid: "theirs" }), check(1, { uid: "gone" })]);
  const remote = byKey([check(1, { uid: "mine" }), check(9, { uid: "theirs" }), check(1, { uid: "gone" }), check(1, { uid: "strange" })]);
  const items = compare(base, local, remote);
  const said = (options: { force: boolean; prune: boolean }) => {
    const { sent, retired, left } = planPush({ items, local }, options);
    return [sent, retired, left].map((some) => some.map(({ key }) => key.split("\u0000")[1]).join(" "));
  };
  assert.deepEqual(said({ force: false, prune: false }), ["mine new", "", "gone strange theirs"]);
  assert.deepEqual(said({ force: false, prune: true }), ["mine new", "gone", "strange theirs"]);
  assert.deepEqual(said({ force: true, prune: false }), ["mine new theirs", "", "gone strange"]);
  assert.deepEqual(said({ force: true, prune: true }), ["mine new theirs", "gone strange", ""]);
  const conflict = compare(sideOf(1), sideOf(2), sideOf(3));
  assert.throws(() => planPush({ items: conflict, local: sideOf(2) }, { force: false, prune: false }), /nobody's change is lost/);
  assert.equal(planPush({ items: conflict, local: sideOf(2) }, { force: true, prune: false }).sent.length, 1);
});

test("identities stay apart when checks are copied", () => {
  const original = check(1, { uid: "orders__between__price" });
  const remote = byKey([original]);
  const copy = { check: check(1, { uid: "orders__between__price", filter: "country = 'NO'" }) };
  const unnamed = { check: readCheck({ rule_type: "between", container: "orders", fields: ["price"], properties: { min: 0, max: 5 } }) };
  for (const order of [
    [{ check: original }, copy, unnamed],
    [copy, unnamed, { check: original }],
  ]) {
    const found = identified(order, remote);
    assert.equal(new Set(found.map(({ key }) => key)).size, 3);
    assert.equal(found.find(({ isWritten }) => isWritten)?.check, original, "the one the server knows keeps it, wherever it stands");
    assert.match(found.find((one) => one.check === copy.check)!.key, /orders__between__price__[\da-f]{8}$/);
  }
  const elsewhere = check(1, { uid: "orders__between__price", container: "returns" });
  assert.ok(
    identified([{ check: original }, { check: elsewhere }], remote).every(({ isWritten }) => isWritten),
    "each container has its own",
  );
});

test("a check whose rule was changed in a file is another check", () => {
  const known = check(1);
  const [found] = identified([{ check: { ...known, rule_type: "positive", properties: {} } }], byKey([known]));
  assert.equal(found?.isWritten, false);
  const items = compare(byKey([known]), byKey([found!.own]), byKey([known]));
  assert.deepEqual(
    items.map(({ side, kind }) => `${side} ${kind}`),
    ["files added", "files retired"],
  );
});

test("differences are told in words, property by property", () => {
  const after = check(20, { filter: "a = '\u001b[31m'", coverage: 0.9 });
  const text = differencesText(compare(sideOf(9), byKey([after]), sideOf(9)), "checks", "shop at http://h");
  assert.match(text, /In the files.*\norders\n {2}~ between price \(u\)\n/);
  assert.match(text, /properties\.max: 9 → 20\n/);
  assert.match(text, /coverage: none → 0\.9\n/);
  assert.match(text, /1 difference between checks and shop at http:\/\/h: 1 changed\n$/);
  assert.ok(!text.includes("\u001b"), "nothing of the data reaches the terminal as a command");
  assert.equal(differencesText([], "checks", "shop"), "checks and shop are the same\n");
});
