/** A version on its way through the rings of a fleet: what is to be done next. Pure. */
import { z } from "zod";
import { CHANNELS, type Channel } from "../deployment/deployment.ts";
import { JOURNALLED } from "./journal.ts";
import type { State } from "./states.ts";
import { isOpen, opening, type AnyWindow } from "./windows.ts";

const MINUTE_MS = 60_000;

const Times = z.partialRecord(z.enum(CHANNELS), z.string());

export const Rollout = z.strictObject({
  version: z.literal(1),
  /** Null: there was none yet. */
  to: z.string().nullable(),
  begunAt: z.string().nullable(),
  /** How long a ring has to be well before the next one gets it. */
  soakMinutes: z.partialRecord(z.enum(CHANNELS), z.int().min(0)),
  state: z.enum(["running", "paused", "halted", "finished"]),
  /** Why it stands still. */
  why: z.string().nullable(),
  /** Since when all of a ring run it, and when they were looked at after their soak. */
  reached: Times,
  looked: Times,
  ...JOURNALLED,
});
export type Rollout = z.infer<typeof Rollout>;

export const NO_ROLLOUT: Rollout = {
  version: 1,
  to: null,
  begunAt: null,
  soakMinutes: {},
  state: "finished",
  why: null,
  reached: {},
  looked: {},
  last: null,
};

export type Mate = { name: string; ring: Channel; state: State; runs: string | null; wanted: string | null; window: AnyWindow | null };

export type Decision =
  | { kind: "upgrade"; name: string; ring: Channel }
  | { kind: "reached"; ring: Channel }
  /** After its soak: are they still well? */
  | { kind: "look"; ring: Channel; names: string[] }
  | { kind: "wait"; until: Date; why: string }
  | { kind: "finish" };

/** States in which a version can be given; others are passed by, and get it when they are installed or go on. */
const TAKES: ReadonlySet<State> = new Set<State>(["ready", "degraded", "upgrading", "verifying"]);

const isThere = ({ to }: Rollout, { state, runs, wanted }: Mate): boolean => state === "ready" && runs === to && wanted === to;

const ofRing = (ring: Channel, behind: readonly Mate[], now: Date): Decision => {
  // What was begun goes on, whatever the hour.
  const next = behind.find((mate) => mate.state !== "ready" || isOpen(mate.window, now));
  if (next !== undefined) return { kind: "upgrade", name: next.name, ring };
  const until = new Date(Math.min(...behind.map(({ window }) => opening(window, now).getTime())));
  return {
    kind: "wait",
    until,
    why: `ring ${ring}: ${behind.map(({ name }) => name).join(", ")} may be changed from ${until.toISOString()}`,
  };
};

/** What stands between a ring that runs it and the next one; null when nothing does. */
const soaking = (rollout: Rollout, ring: Channel, names: string[], now: Date): Decision | null => {
  const minutes = rollout.soakMinutes[ring] ?? 0;
  const since = rollout.reached[ring];
  if (since === undefined) return { kind: "reached", ring };
  if (minutes === 0 || rollout.looked[ring] !== undefined) return null;
  const until = new Date(Date.parse(since) + minutes * MINUTE_MS);
  return now < until ? { kind: "wait", until, why: `ring ${ring} soaks until ${until.toISOString()}` } : { kind: "look", ring, names };
};

/** What is next, ring by ring: no ring is begun before the one before it has it, was left alone with it for its time, and is still well. */
export const decide = (rollout: Rollout, mates: readonly Mate[], now: Date): Decision => {
  const takers = mates.filter(({ state }) => TAKES.has(state));
  for (const [i, ring] of CHANNELS.entries()) {
    const those = takers.filter((mate) => mate.ring === ring);
    if (those.length === 0) continue;
    const behind = those.filter((mate) => !isThere(rollout, mate));
    if (behind.length > 0) return ofRing(ring, behind, now);
    const later = takers.some((mate) => CHANNELS.indexOf(mate.ring) > i);
    const names = those.map(({ name }) => name);
    const next = later
      ? soaking(rollout, ring, names, now)
      : rollout.reached[ring] === undefined
        ? { kind: "reached" as const, ring }
        : null;
    if (next !== null) return next;
  }
  return { kind: "finish" };
};
