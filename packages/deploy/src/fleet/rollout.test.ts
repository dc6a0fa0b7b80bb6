/** Rings, soak and windows: what a rollout does next. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CHANNELS } from "../deployment/deployment.ts";
import { decide, NO_ROLLOUT, type Decision, type Mate, type Rollout } from "./rollout.ts";
import { windowIn } from "./windows.ts";

const NOW = new Date("2026-01-01T12:00:00Z");
const rollout = (more: Partial<Rollout> = {}): Rollout => ({ ...NO_ROLLOUT, to: "2.0.0", state: "running", ...more });
const mate = (name: string, ring: Mate["ring"], more: Partial<Mate> = {}): Mate => ({
  name,
  ring,
  state: "ready",
  runs: "1.0.0",
  wanted: null,
  window: null,
  ...more,
});
const there = (name: string, ring: Mate["ring"], more: Partial<Mate> = {}): Mate =>
  mate(name, ring, { runs: "2.0.0", wanted: "2.0.0", ...more });

const CASES: readonly { what: string; rollout: Rollout; mates: Mate[]; does: Decision }[] = [
  { what: "nobody", rollout: rollout(), mates: [], does: { kind: "finish" } },
  {
    what: "the first ring first",
    rollout: rollout(),
    mates: [mate("a", "stable"), mate("b", "canary"), mate("c", "internal")],
    does: { kind: "upgrade", name: "c", ring: "internal" },
  },
  {
    what: "a ring that has it",
    rollout: rollout(),
    mates: [mate("a", "stable"), there("c", "internal")],
    does: { kind: "reached", ring: "internal" },
  },
  {
    what: "no soak",
    rollout: rollout({ reached: { internal: NOW.toISOString() } }),
    mates: [mate("a", "stable"), there("c", "internal")],
    does: { kind: "upgrade", name: "a", ring: "stable" },
  },
  {
    what: "soaking",
    rollout: rollout({ soakMinutes: { internal: 60 }, reached: { internal: "2026-01-01T11:30:00Z" } }),
    mates: [mate("a", "stable"), there("c", "internal")],
    does: { kind: "wait", until: new Date("2026-01-01T12:30:00Z"), why: "ring internal soaks until 2026-01-01T12:30:00.000Z" },
  },
  {
    what: "after the soak",
    rollout: rollout({ soakMinutes: { internal: 60 }, reached: { internal: "2026-01-01T11:00:00Z" } }),
    mates: [mate("a", "stable"), there("c", "internal"), there("d", "internal")],
    does: { kind: "look", ring: "internal", names: ["c", "d"] },
  },
  {
    what: "looked at",
    rollout: rollout({
      soakMinutes: { internal: 60 },
      reached: { internal: "2026-01-01T11:00:00Z" },
      looked: { internal: NOW.toISOString() },
    }),
    mates: [mate("a", "stable"), there("c", "internal")],
    does: { kind: "upgrade", name: "a", ring: "stable" },
  },
  {
    what: "the last ring does not soak",
    rollout: rollout({ soakMinutes: { stable: 60 }, reached: { stable: NOW.toISOString() } }),
    mates: [there("a", "stable")],
    does: { kind: "finish" },
  },
  {
    what: "a window that is closed, and one that is open",
    rollout: rollout(),
    mates: [mate("a", "early", { window: windowIn("fri 02:00-04:00") }), mate("b", "early", { window: windowIn("thu 11:00-13:00") })],
    does: { kind: "upgrade", name: "b", ring: "early" },
  },
  {
    what: "windows that are closed",
    rollout: rollout(),
    mates: [mate("a", "early", { window: windowIn("fri 02:00-04:00") }), there("b", "early")],
    does: { kind: "wait", until: new Date("2026-01-02T02:00:00Z"), why: "ring early: a may be changed from 2026-01-02T02:00:00.000Z" },
  },
  {
    what: "what was begun goes on",
    rollout: rollout(),
    mates: [mate("a", "early", { state: "upgrading", window: windowIn("fri 02:00-04:00") })],
    does: { kind: "upgrade", name: "a", ring: "early" },
  },
  {
    what: "those that take nothing are passed by",
    rollout: rollout(),
    mates: [
      mate("a", "internal", { state: "suspended" }),
      mate("b", "canary", { state: "gone" }),
      mate("c", "early", { state: "installing" }),
      mate("d", "stable"),
    ],
    does: { kind: "upgrade", name: "d", ring: "stable" },
  },
  {
    what: "one that runs it by chance is asked too",
    rollout: rollout(),
    mates: [mate("a", "stable", { runs: "2.0.0" })],
    does: { kind: "upgrade", name: "a", ring: "stable" },
  },
];
for (const { what, rollout: given, mates, does } of CASES) test(`next: ${what}`, () => assert.deepEqual(decide(given, mates, NOW), does));

const mates = fc.array(fc.record({ ring: fc.constantFrom(...CHANNELS), has: fc.boolean() }), { maxLength: 8 });
test("no ring is begun before the one before it has it", () =>
  fc.assert(
    fc.property(mates, (given) => {
      const all = given.map(({ ring, has }, i) => (has ? there(`m${i}`, ring) : mate(`m${i}`, ring)));
      const decision = decide(rollout(), all, NOW);
      if (decision.kind !== "upgrade") return;
      const before = CHANNELS.slice(0, CHANNELS.indexOf(decision.ring));
      assert.ok(all.filter(({ ring }) => before.includes(ring)).every(({ runs }) => runs === "2.0.0"));
    }),
  ));
