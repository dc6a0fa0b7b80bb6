/**
 * New secrets for old ones, stage by stage, as Kubernetes keeps them. A Secret says itself how far it is: the stage is written in the same
 * request as what it means, so that a kill between two stages leaves neither half. Pure, but for the random bytes.
 *
 * A key that seals is exchanged as docs/keys.md says: behind the old one, so that every process can read it; before it; alone.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";

const STAGE = "touchstone.dev/transfer";

const Secret = z.looseObject({
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  data: z.record(z.string(), z.string()).default({}),
});
export type Secret = z.infer<typeof Secret>;
export const secretIn = (object: unknown): Secret => Secret.parse(object);

export const KEY_STAGES = ["behind", "before", "alone"] as const;
export type KeyStage = (typeof KEY_STAGES)[number];

/** Where the keys are in their Secret. */
export type KeyPlaces = { sealing: string; signing: string };

const KEY_BYTES = 32;
const fresh = (): string => randomBytes(KEY_BYTES).toString("base64");

const read = (text: string | undefined): string => Buffer.from(text ?? "", "base64").toString("utf8");
const written = (text: string): string => Buffer.from(text).toString("base64");
/** Short, and of this transfer only: a key's name that no earlier one has had. */
export const keyIdOf = (transfer: string): string => `t-${transfer.replace("sha256:", "").slice(0, 12)}`;

const marked = (secret: Secret, transfer: string, stage: string, data: Record<string, string>): Secret => ({
  ...secret,
  metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, [STAGE]: `${keyIdOf(transfer)} ${stage}` } },
  data: { ...secret.data, ...data },
});

/** How far a Secret is in this transfer; null when nothing was done to it. */
export const stageOf = ({ metadata }: Secret, transfer: string): string | null => {
  const [of, stage] = (metadata.annotations?.[STAGE] ?? "").split(" ");
  return of === keyIdOf(transfer) ? (stage ?? null) : null;
};

const entriesOf = (ring: string): string[] => ring.split(/[\s,]+/).filter((entry) => entry !== "");

const NEW_RINGS: Readonly<Record<KeyStage, (own: string, others: string[]) => string[]>> = {
  behind: (own, others) => [...others, own],
  before: (own, others) => [own, ...others],
  alone: (own) => [own],
};

/** The Secret of the keys at a stage; null when it is there already, or further. */
export const keysAt = (stage: KeyStage, secret: Secret, places: KeyPlaces, transfer: string): Secret | null => {
  const is = KEY_STAGES.findIndex((one) => one === stageOf(secret, transfer));
  if (is >= KEY_STAGES.indexOf(stage)) return null;
  const id = keyIdOf(transfer);
  const entries = entriesOf(read(secret.data[places.sealing]));
  const own = entries.find((entry) => entry.startsWith(`${id}:`)) ?? `${id}:${fresh()}`;
  const ring = NEW_RINGS[stage](
    own,
    entries.filter((entry) => entry !== own),
  );
  return marked(secret, transfer, stage, {
    [places.sealing]: written(ring.join(",")),
    // Whoever has a token signed by the old key is out from here on: so it goes last.
    ...(stage === "alone" ? { [places.signing]: written(fresh()) } : {}),
  });
};

/** The keys as a setting writes them. */
export const ringOf = (secret: Secret, { sealing }: KeyPlaces): string => read(secret.data[sealing]);

/** What a Secret of keys begins with in a place where there was none: a new key before those that still open what was brought. */
export const withKeys = (oldRing: string, { sealing, signing }: KeyPlaces, transfer: string): Secret => {
  const ring = [`${keyIdOf(transfer)}:${fresh()}`, ...entriesOf(oldRing)].join(",");
  return marked({ metadata: { name: "" }, data: {} }, transfer, "before", { [sealing]: written(ring), [signing]: written(fresh()) });
};

/** Letters of a token beyond its beginning: 256 bits. */
const TOKEN_BYTES = 32;
export const newDataplaneToken = (): string => `tsdp_${randomBytes(TOKEN_BYTES).toString("hex")}`;

/** The Secret of the dataplanes with a new token for each group; null when that was done. */
export const tokensAnew = (secret: Secret, transfer: string): Secret | null =>
  stageOf(secret, transfer) !== null
    ? null
    : marked(secret, transfer, "anew", Object.fromEntries(Object.keys(secret.data).map((group) => [group, written(newDataplaneToken())])));
