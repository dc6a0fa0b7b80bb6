import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoreContent, StoreHealth } from "@touchstone/server/store/health";
import { VERSION } from "../version.ts";
import { judgeStore } from "./store.ts";

const NOW = new Date("2026-01-31T12:00:00Z");
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

const DATAPLANE = { name: "here", version: VERSION, protocol: 1, lastSeenAt: ago(1) };
const CONTENT: StoreContent = {
  administrators: 1,
  identityProviders: 0,
  work: { waiting: 0, oldestSeconds: 0, expired: 0, lost: [] },
  dataplanes: [DATAPLANE],
  orphaned: [],
  unreadable: [],
};
const HEALTH: StoreHealth = { serverVersion: 150_007, pending: [], unknown: [], content: CONTENT };

type Case = { name: string; health?: Partial<StoreHealth>; content?: Partial<StoreContent>; running?: boolean; expected: string[] };

const CASES: readonly Case[] = [
  { name: "nothing is wrong", expected: [] },
  { name: "an old server", health: { serverVersion: 140_011 }, expected: ["problem store: here is Postgres 14.11"] },
  {
    name: "an empty store",
    health: { pending: ["0001-first"], content: null },
    expected: ["note store: migrations are pending: 0001-first"],
  },
  { name: "nobody to begin with", content: { administrators: 0 }, expected: ["note people: there is no administrator yet"] },
  {
    name: "a lease that nobody keeps",
    content: { work: { waiting: 1, oldestSeconds: 10, expired: 1, lost: [] } },
    expected: ["note queue: the dataplane of 1 lease has given no sign of life for too long"],
  },
  {
    name: "work that nobody takes",
    content: { work: { waiting: 2, oldestSeconds: 600, expired: 0, lost: [] } },
    expected: ["note queue: work waits for 10 minutes already"],
  },
  { name: "nobody to work", content: { dataplanes: [] }, expected: ["note dataplanes: none has enrolled"] },
  {
    name: "one that is silent, while nothing runs",
    content: { dataplanes: [{ ...DATAPLANE, lastSeenAt: ago(300) }] },
    running: false,
    expected: [],
  },
  {
    name: "one that is silent, while the control plane runs",
    content: { dataplanes: [{ ...DATAPLANE, lastSeenAt: ago(300) }] },
    expected: [`note dataplanes: here, version ${VERSION}, last heard of 5 hours ago`],
  },
  {
    name: "one of another version",
    content: { dataplanes: [{ ...DATAPLANE, version: "0.0.9" }] },
    expected: ["note dataplanes: here, version 0.0.9, last heard of just now"],
  },
  {
    name: "one that speaks what is not understood any more",
    content: { dataplanes: [{ ...DATAPLANE, protocol: 0 }] },
    expected: [`problem dataplanes: here, version ${VERSION}, last heard of just now, speaks the protocol 0`],
  },
  { name: "no keys", content: { unreadable: null }, expected: ["unseen secrets: there are no keys to try them with"] },
];

for (const { name, health, content, running = true, expected } of CASES)
  test(name, () => {
    const facts = { ...HEALTH, content: content === undefined ? CONTENT : { ...CONTENT, ...content }, ...health };
    const said = judgeStore(facts, "here", running, NOW).filter(({ state }) => state !== "ok");
    assert.deepEqual(
      said.map(({ state, subject, found }) => `${state} ${subject}: ${found}`),
      expected,
    );
  });
