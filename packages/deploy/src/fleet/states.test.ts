/** The table of states: every one is reached, no step is lost, and nothing is taken away without a person's word and a backup. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  isTerminal,
  refusal,
  STATES,
  TRANSITIONS,
  isBackedUp,
  type Approval,
  type Backup,
  type BackupWish,
  type Evidence,
  type State,
} from "./states.ts";

const FIRST: readonly State[] = ["requested", "preflight", "provisioning", "configuring", "installing", "verifying", "ready"];
const AT = ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"];

const approvals = fc.option(
  fc.record({
    purpose: fc.constantFrom<Approval["purpose"][]>("remove", "transfer"),
    by: fc.constant("somebody"),
    at: fc.constantFrom(...AT),
    reason: fc.constant("told"),
    backup: fc.constantFrom<BackupWish[]>({ kind: "new" }, { kind: "new" }, { kind: "named", id: "b-1" }, { kind: "without" }),
  }),
);
const backups = fc.option(fc.record({ id: fc.constant("b-1"), at: fc.constantFrom(...AT) }));

type Wish = { to: State; pick: number; approval: Approval | null; backup: Backup | null; isMoved: boolean };
/** Most wishes are for the way to ready, some for another way that the table has, the rest for anything: so walks go far. */
const wishes = fc.array(
  fc.record({ to: fc.constantFrom(...STATES), pick: fc.nat(99), approval: approvals, backup: backups, isMoved: fc.boolean() }),
  {
    minLength: 15,
    maxLength: 60,
  },
);
const [ALONG, ANY_WAY] = [60, 90];

type Walk = { path: State[]; evidence: Evidence[] };
const walk = (wished: readonly Wish[]): Walk => {
  const path: State[] = ["requested"];
  const evidence: Evidence[] = [{ approval: null, backup: null, readyAt: null, isMoved: false }];
  let readyAt: string | null = null;
  for (const { to, pick, approval, backup, isMoved } of wished) {
    const from = path.at(-1) ?? "requested";
    const next = TRANSITIONS[from];
    const aim = pick < ALONG ? (next[0] ?? to) : pick < ANY_WAY ? (next[pick % Math.max(next.length, 1)] ?? to) : to;
    const shown: Evidence = { approval, backup, readyAt, isMoved };
    if (refusal(from, aim, shown) !== null) continue;
    if (aim === "ready") readyAt ??= AT[0] ?? null;
    path.push(aim);
    evidence.push(shown);
  }
  return { path, evidence };
};

test("no way leads from ready to gone without an approval and the backup that it asks for", () => {
  let ends = 0;
  fc.assert(
    fc.property(wishes, (wished) => {
      const { path, evidence } = walk(wished);
      if (path.includes("ready") && path.at(-1) === "gone") ends++;
      path.forEach((state, i) => {
        if (state !== "deprovisioning" && state !== "gone") return;
        const shown = evidence[i];
        assert.equal(shown?.approval?.purpose, "remove");
        if (!path.slice(0, i).includes("ready")) return;
        assert.ok(shown?.approval);
        const { kind } = shown.approval.backup;
        if (kind === "new") assert.ok(shown.backup && shown.backup.at >= shown.approval.at);
        if (kind === "named") assert.equal(shown.backup?.id, "b-1");
      });
    }),
    { numRuns: 2000 },
  );
  assert.ok(ends > 20, `only ${ends} walks come to that end`);
});

test("no step is lost on the way to ready", () =>
  fc.assert(
    fc.property(wishes, (wished) => {
      const { path } = walk(wished);
      const ready = path.indexOf("ready");
      if (ready === -1) return;
      const first = path.slice(0, ready + 1).filter((state, i, all) => all.indexOf(state) === i && FIRST.includes(state));
      assert.deepEqual(first, FIRST);
    }),
    { numRuns: 2000 },
  ));

test("what both have signed is only taken away where it was moved, and with a backup that is named", () => {
  let ends = 0;
  fc.assert(
    fc.property(wishes, (wished) => {
      const { path, evidence } = walk(wished);
      const over = path.indexOf("transferred");
      if (over === -1 || over === path.length - 1) return;
      ends++;
      assert.equal(path[over + 1], "deprovisioning");
      const shown = evidence[over + 1];
      assert.deepEqual([shown?.isMoved, shown?.approval?.purpose, shown?.approval?.backup.kind], [true, "remove", "named"]);
    }),
    { numRuns: 5000 },
  );
  assert.ok(ends > 0, "no walk comes to that end");
});

test("what is over stays over", () =>
  fc.assert(
    fc.property(wishes, (wished) => {
      const { path } = walk(wished);
      const end = path.findIndex(isTerminal);
      assert.ok(end === -1 || end === path.length - 1);
    }),
  ));

test("every state is reached, and every one but the ends is left", () => {
  const all: Evidence[] = (["remove", "transfer"] as const).map((purpose) => ({
    approval: { purpose, by: "b", at: AT[0] ?? "", reason: "r", backup: { kind: "new" } },
    backup: { id: "b", at: AT[1] ?? "" },
    readyAt: AT[0] ?? null,
    isMoved: false,
  }));
  const reached = new Set<State>(["requested"]);
  for (const from of reached) for (const to of STATES) if (all.some((evidence) => refusal(from, to, evidence) === null)) reached.add(to);
  assert.deepEqual([...reached].toSorted(), [...STATES].toSorted());
  assert.deepEqual(STATES.filter(isTerminal), ["gone"]);
});

const WORD: Approval = { purpose: "remove", by: "b", at: AT[1] ?? "", reason: "r", backup: { kind: "new" } };
const APPROVED: Evidence = { approval: WORD, backup: null, readyAt: AT[0] ?? null, isMoved: false };
const NAMED: Evidence = {
  ...APPROVED,
  approval: { ...WORD, backup: { kind: "named", id: "b" } },
  backup: { id: "b", at: AT[0] ?? "" },
  isMoved: true,
};
const REFUSED: readonly { from: State; to: State; evidence: Evidence; why: RegExp }[] = [
  { from: "requested", to: "ready", evidence: APPROVED, why: /becomes preflight, deprovisioning/ },
  { from: "gone", to: "requested", evidence: APPROVED, why: /becomes nothing else/ },
  { from: "ready", to: "deprovisioning", evidence: APPROVED, why: /no backup/ },
  { from: "ready", to: "deprovisioning", evidence: { ...APPROVED, backup: { id: "old", at: AT[0] ?? "" } }, why: /no backup/ },
  { from: "ready", to: "transferring", evidence: APPROVED, why: /nobody has approved: transfer/ },
  { from: "transferred", to: "deprovisioning", evidence: { ...NAMED, isMoved: false }, why: /where it always was/ },
  { from: "transferred", to: "deprovisioning", evidence: { ...NAMED, approval: null }, why: /nobody has approved: remove/ },
  { from: "transferred", to: "deprovisioning", evidence: { ...NAMED, approval: { ...WORD, backup: { kind: "without" } } }, why: /named/ },
  { from: "transferred", to: "deprovisioning", evidence: { ...NAMED, backup: null }, why: /no backup/ },
  { from: "transferred", to: "ready", evidence: NAMED, why: /becomes deprovisioning/ },
  { from: "requested", to: "deprovisioning", evidence: { ...APPROVED, approval: null }, why: /nobody has approved: remove/ },
];
for (const { from, to, evidence, why } of REFUSED)
  test(`refused: ${from} to ${to}, ${String(why)}`, () => assert.match(refusal(from, to, evidence) ?? "", why));

test("what nobody ever used needs no backup", () =>
  assert.equal(refusal("installing", "deprovisioning", { ...APPROVED, readyAt: null }), null));

const [OLD, NEW]: Backup[] = [
  { id: "old", at: AT[0] ?? "" },
  { id: "new", at: AT[2] ?? "" },
];
const WISHES: readonly { wish: BackupWish; backup: Backup | null; is: boolean }[] = [
  { wish: { kind: "new" }, backup: null, is: false },
  { wish: { kind: "new" }, backup: OLD ?? null, is: false },
  { wish: { kind: "new" }, backup: NEW ?? null, is: true },
  { wish: { kind: "named", id: "old" }, backup: null, is: false },
  { wish: { kind: "named", id: "old" }, backup: OLD ?? null, is: true },
  { wish: { kind: "named", id: "old" }, backup: NEW ?? null, is: false },
  { wish: { kind: "without" }, backup: null, is: true },
];
for (const { wish, backup, is } of WISHES)
  test(`with ${JSON.stringify(wish)} and ${JSON.stringify(backup)} it is ${is ? "" : "not "}backed up`, () =>
    assert.equal(isBackedUp({ approval: { ...WORD, backup: wish }, backup, readyAt: AT[0] ?? null, isMoved: false }), is));
