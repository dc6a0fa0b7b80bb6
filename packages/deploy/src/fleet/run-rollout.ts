/** Takes a rollout as far as it goes now. The first deployment that is not well with the version halts it, and everything later keeps what it has. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { reconcile, moved, type Outcome, type ReconcileOptions } from "./reconcile.ts";
import { decide, NO_ROLLOUT, Rollout, type Decision, type Mate } from "./rollout.ts";
import { FILES, type Files } from "./files.ts";
import { acted } from "./journal.ts";
import { leaseHolder } from "./lease.ts";
import { createDocument, holdDocument, logOf, readDocument, type Fleet, type Held, type Who } from "./store.ts";
import { windowOf } from "./windows.ts";

const WHAT = "the rollout";
const folderOf = ({ folder }: Fleet): string => join(folder, "rollout");

export const readRollout = (fleet: Fleet): Rollout => {
  const file = join(folderOf(fleet), "record.json");
  return existsSync(file) ? readDocument(file, Rollout) : NO_ROLLOUT;
};
export const rolloutLog = (fleet: Fleet) => logOf(folderOf(fleet), readRollout(fleet));

/** Whether somebody takes the rollout on at this moment. */
export const isAtWork = (fleet: Fleet): boolean => existsSync(folderOf(fleet)) && leaseHolder(folderOf(fleet)) !== null;

/** Holds the rollout. Throws FLEET_LEASED. */
export const holdRollout = (fleet: Fleet, who: Who, files: Files = FILES): Held<Rollout> => {
  if (!existsSync(folderOf(fleet)))
    createDocument(folderOf(fleet), acted(NO_ROLLOUT, { at: who.now().toISOString(), who: who.who, what: "made", detail: "", fence: 0 }));
  return holdDocument(folderOf(fleet), WHAT, Rollout, who, files);
};

const Wish = z.strictObject({ by: z.string(), reason: z.string() });
const wishFile = (fleet: Fleet): string => join(folderOf(fleet), "pause.json");

/** Asks whoever is at the rollout to stop after the deployment it is at. */
export const askToPause = (fleet: Fleet, by: string, reason: string, files: Files = FILES): void =>
  files.replace(wishFile(fleet), JSON.stringify({ by, reason } satisfies z.infer<typeof Wish>));

/** Follows such a wish; null when there is none. */
const pausedByWish = (fleet: Fleet, held: Held<Rollout>): Rollout | null => {
  if (!existsSync(wishFile(fleet))) return null;
  const { by, reason } = Wish.parse(JSON.parse(readFileSync(wishFile(fleet), "utf8")));
  const paused = held.commit({ ...held.read(), state: "paused", why: reason }, { what: "paused", detail: `${by}: ${reason}` });
  rmSync(wishFile(fleet));
  return paused;
};

export type Begin = { to: string; soakMinutes: Rollout["soakMinutes"]; replace: boolean };

/** A rollout of a version. Throws FLEET_ROLLOUT_OTHER while there is one that is not at its end. */
export const begun = (rollout: Rollout, { to, soakMinutes, replace }: Begin, at: string): Rollout => {
  if (rollout.to !== null && rollout.state !== "finished" && !replace) throw userError("FLEET_ROLLOUT_OTHER", rollout.to, rollout.state);
  return { ...rollout, to, soakMinutes, begunAt: at, state: "running", why: null, reached: {}, looked: {} };
};

/** What is to be taken away, or handed over, gets no other version on its way. */
const matesOf = (fleet: Fleet): Mate[] =>
  fleet
    .names()
    .map((name) => fleet.read(name))
    .filter(({ record }) => record.approval === null)
    .map(({ deployment, record }) => {
      const { name, state, runs, wanted } = record;
      return { name, ring: deployment.channel, state, runs, wanted, window: windowOf(deployment, record) };
    });

/** Gives one deployment the version. */
const give = (fleet: Fleet, name: string, to: string, options: ReconcileOptions): Promise<Outcome> =>
  reconcile(fleet, name, options, (held) => {
    const record = held.read();
    if (record.wanted !== to) held.commit({ ...record, wanted: to }, { what: "wanted", detail: `version ${to}` });
  });

/** Looks again at one that is ready. */
export const lookAgain = (fleet: Fleet, name: string, options: ReconcileOptions): Promise<Outcome> =>
  reconcile(fleet, name, options, (held) => {
    const record = held.read();
    if (record.state === "ready")
      held.commit(moved(record, "verifying", options.now().toISOString()), { what: "verifying", detail: "looked at again" });
  });

const isWell = ({ state, runs }: Outcome, to: string): boolean => state === "ready" && runs === to;
const wrongWith = ({ name, state, runs, why }: Outcome, to: string): string =>
  state === "ready" ? `${name} runs ${runs ?? "nothing"}, not ${to}` : `${name} is ${state}: ${why}`;

/** Why the rollout has to stand still after this; null when it goes on. */
const carryOut = async (fleet: Fleet, to: string, decision: Decision, options: ReconcileOptions): Promise<string | null> => {
  switch (decision.kind) {
    case "upgrade": {
      options.tell(`ring ${decision.ring}: ${decision.name} gets ${to}`);
      const outcome = await give(fleet, decision.name, to, { ...options, anytime: true });
      return isWell(outcome, to) ? null : wrongWith(outcome, to);
    }
    case "look":
      for (const name of decision.names) {
        const outcome = await lookAgain(fleet, name, options);
        if (!isWell(outcome, to)) return wrongWith(outcome, to);
      }
      return null;
    case "reached":
    case "wait":
    case "finish":
      return null;
    default:
      return decision satisfies never;
  }
};

const after = (rollout: Rollout, decision: Decision, halted: string | null, at: string): Rollout => {
  if (halted !== null) return { ...rollout, state: "halted", why: halted };
  switch (decision.kind) {
    case "reached":
      return { ...rollout, reached: { ...rollout.reached, [decision.ring]: at } };
    case "look":
      return { ...rollout, looked: { ...rollout.looked, [decision.ring]: at } };
    case "finish":
      return { ...rollout, state: "finished", why: null };
    case "wait":
      return { ...rollout, why: decision.why };
    case "upgrade":
      return { ...rollout, why: null };
    default:
      return decision satisfies never;
  }
};

const wordOf = (decision: Decision, halted: string | null): { what: string; detail: string } => {
  if (halted !== null) return { what: "halted", detail: halted };
  switch (decision.kind) {
    case "upgrade":
      return { what: "upgraded", detail: decision.name };
    case "reached":
    case "look":
      return { what: decision.kind === "look" ? "looked" : "reached", detail: `ring ${decision.ring}` };
    case "wait":
      return { what: "waits", detail: decision.why };
    case "finish":
      return { what: "finished", detail: "" };
    default:
      return decision satisfies never;
  }
};

/** Goes on until it is finished, waits, or is halted. `held` is the rollout. */
export const runRollout = async (fleet: Fleet, held: Held<Rollout>, options: ReconcileOptions): Promise<Rollout> => {
  for (;;) {
    const rollout = held.read();
    if (options.signal.aborted) return rollout;
    if (rollout.to === null || rollout.state !== "running") {
      // A wish that came too late is not one about the next rollout.
      rmSync(wishFile(fleet), { force: true });
      return rollout;
    }
    const paused = pausedByWish(fleet, held);
    if (paused !== null) return paused;
    const decision = decide(rollout, matesOf(fleet), options.now());
    if (decision.kind === "wait" && decision.why === rollout.why) return rollout;
    const halted = await carryOut(fleet, rollout.to, decision, options);
    // Who stopped it has not found anything wrong.
    if (options.signal.aborted) return held.read();
    const said = wordOf(decision, halted);
    options.tell(`rollout of ${rollout.to}: ${said.what}${said.detail === "" ? "" : `: ${said.detail}`}`);
    const next = held.commit(after(rollout, decision, halted, options.now().toISOString()), said);
    if (decision.kind === "wait") return next;
  }
};
