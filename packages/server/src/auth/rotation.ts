/**
 * Rotation of the keys that seal secrets: a new key, every secret wrapped anew with it, and the old one gone when nothing needs it.
 * Each step is whole by itself and leaves what opens everything, so that it may be killed anywhere and begun again.
 *
 * Keys in the data folder are changed here. Those of a setting are changed by who runs the replicas: first every replica is given the
 * new key behind the old one, so that all can read it, then before it; only then are the stored secrets moved.
 */
import { userError } from "@touchstone/core/errors";
import type { Config } from "../config.ts";
import { readRing, replaceRing, type KeySource } from "../keys.ts";
import type { Database, Store } from "../store/database.ts";
import { liveReplicas } from "../store/replicas.ts";
import { countByKey, rewrapAll } from "../store/sealed.ts";
import { noteAudit } from "./audit.ts";
import { newKey, readKeyRing, ringText, type KeyRing } from "./seal.ts";

/** A key: whether it is at hand, and how many secrets need it. */
export type KeyState = { id: string; use: "current" | "old" | "missing"; secrets: number };

/** The keys at hand, the current one first, and those that secrets are sealed with but nobody has. */
export const keyStates = async (db: Database, ring: KeyRing): Promise<KeyState[]> => {
  const counts = await countByKey(db);
  const held = [...ring.keys.keys()].map(
    (id) => ({ id, use: id === ring.currentId ? "current" : "old", secrets: counts.get(id) ?? 0 }) as const,
  );
  const missing = [...counts].filter(([id]) => !ring.keys.has(id)).map(([id, secrets]) => ({ id, use: "missing", secrets }) as const);
  return [...held, ...missing];
};

/** A name no key has had that anybody knows of: `k2` after `k1`. */
export const nextKeyId = (known: Iterable<string>): string => {
  const numbers = [...known].map((id) => Number(/^k(\d{1,9})$/.exec(id)?.[1] ?? 0));
  return `k${Math.max(0, ...numbers) + 1}`;
};

export type RotationStep =
  | { step: "new key"; id: string }
  | { step: "wrapped anew"; secrets: number; of: number }
  | { step: "everything is sealed with"; id: string }
  | { step: "old keys taken out"; ids: string[] }
  | { step: "old keys not needed"; ids: string[] };

type Rotating = { config: Config; store: Store; tell: (step: RotationStep) => void; signal?: AbortSignal | undefined };

/**
 * Goes on with a rotation under way, or begins one. Throws KEY_ROTATION_STOPPED when a process that runs would be shut out, or a
 * secret does not open: then the old keys stay.
 */
export const rotateKeys = async ({ config, store, tell, signal }: Rotating): Promise<void> => {
  const { db } = store;
  const { kind, ring } = await withNewKey({ config, store, tell }, await readRing(config));
  const old = [...ring.keys.keys()].filter((id) => id !== ring.currentId);
  await requireReadable(db, ring.currentId);
  const before = await countByKey(db);
  const of = [...before].reduce((sum, [id, secrets]) => sum + (id === ring.currentId ? 0 : secrets), 0);
  const { secrets, unreadable } = await rewrapAll(db, ring, (done) => tell({ step: "wrapped anew", secrets: done, of }), signal);
  if (unreadable.length > 0) throw leftBehind(unreadable);
  await requireUnneeded(db, ring);
  tell({ step: "everything is sealed with", id: ring.currentId });
  if (secrets > 0)
    await noteAudit(db, { event: "key.rotate", principal: null, object: ring.currentId, requestId: "keys rotate", detail: { secrets } });
  if (kind === "setting") return tell({ step: "old keys not needed", ids: old });
  await replaceRing(config, readKeyRing(ringText(ring).split("\n")[0] ?? ""));
  tell({ step: "old keys taken out", ids: old });
};

/** With a key to move to: one that an earlier run has made, or a new one in the data folder. */
const withNewKey = async ({ config, store, tell }: Omit<Rotating, "signal">, source: KeySource): Promise<KeySource> => {
  if (source.ring.keys.size > 1) return source;
  if (source.kind === "setting")
    throw userError(
      "KEY_ROTATION_STOPPED",
      "TOUCHSTONE_SECRET_KEYS holds one key only",
      "make another with `touchstone keys new`; give it to every replica behind the old one, then before it; then rotate",
    );
  const id = nextKeyId([...source.ring.keys.keys(), ...(await countByKey(store.db)).keys()]);
  const ring = readKeyRing(`${newKey(id)}\n${ringText(source.ring)}`);
  // It is on the disk before anything is sealed with it.
  await replaceRing(config, ring);
  tell({ step: "new key", id });
  return { kind: source.kind, ring };
};

/** A process that runs without the new key could not open what is sealed with it. */
const requireReadable = async (db: Database, currentId: string): Promise<void> => {
  const without = (await liveReplicas(db)).filter(({ keyIds }) => !keyIds.includes(currentId));
  if (without.length > 0)
    throw userError(
      "KEY_ROTATION_STOPPED",
      `${without.map(({ host }) => host).join(", ")} runs without the key ${currentId}`,
      "give it to every replica, start them anew, and rotate again",
    );
};

const requireUnneeded = async (db: Database, ring: KeyRing): Promise<void> => {
  const sealing = (await liveReplicas(db)).filter(({ sealsWith }) => sealsWith !== ring.currentId);
  if (sealing.length > 0)
    throw userError(
      "KEY_ROTATION_STOPPED",
      `${sealing.map(({ host, sealsWith }) => `${host} still seals with ${sealsWith}`).join(", ")}`,
      `put ${ring.currentId} first in TOUCHSTONE_SECRET_KEYS of every replica, start them anew, and rotate again`,
    );
  const left = (await keyStates(db, ring)).filter(({ use, secrets }) => use !== "current" && secrets > 0);
  if (left.length > 0)
    throw userError(
      "KEY_ROTATION_STOPPED",
      left.map(({ id, secrets }) => `${secrets} secrets were sealed with ${id} meanwhile`).join(", "),
      "rotate again",
    );
};

/** Names of secrets told in an error; they are those of connections and providers, not what they hold. */
const NAMED_MAX = 20;

const leftBehind = (owners: readonly string[]) =>
  userError(
    "KEY_ROTATION_STOPPED",
    `${owners.length} secrets open with none of the keys: ${owners.slice(0, NAMED_MAX).join(", ")}`,
    "all others are sealed with the new key; enter these again, or bring their key, and rotate again: until then the old keys stay",
  );
