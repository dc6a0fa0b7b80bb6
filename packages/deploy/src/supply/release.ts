/**
 * What is published: a release, which says what a version of the product consists of, and a channel's pointer, which says which release
 * is the channel's now. Both are signed documents (`signature.ts`); the pointer carries its release, so that one request brings both
 * and nobody can put a pointer and a release together that were not.
 */
import { z } from "zod";
import { CHANNELS, type Channel } from "../deployment/deployment.ts";
import { ProductVersion } from "./product-version.ts";
import { Signed } from "./signature.ts";

const DAY_MS = 86_400_000;
/** Who can keep a pointer from being renewed can hold installations back for so long and no longer. */
const POINTER_DAYS_MAX = 45;
const RELEASE_DAYS_MAX = 1100;

const Digest = z.string().regex(/^sha256:[a-f0-9]{64}$/, "a digest such as sha256:… of 64 hexadecimal digits");
const Moment = z.iso.datetime({ offset: false });
const ChartAddress = z
  .string()
  .max(500)
  .regex(/^(oci:\/\/[!-?A-~]+|https:\/\/[!-?A-~]+\.tgz)$/, "oci://… without a tag, or https://….tgz, and no user in it");

const lifetime = { issuedAt: Moment.describe("when it was signed"), expiresAt: Moment.describe("from then on nobody installs it") };
type Lifetime = { issuedAt: string; expiresAt: string };
const livesAtMost =
  (days: number) =>
  ({ issuedAt, expiresAt }: Lifetime): boolean => {
    const lives = Date.parse(expiresAt) - Date.parse(issuedAt);
    return lives > 0 && lives <= days * DAY_MS;
  };

export const Release = z
  .strictObject({
    kind: z.literal("touchstone/release"),
    version: z.literal(1),
    product: ProductVersion.describe("version of the product"),
    chart: z.strictObject({
      address: ChartAddress.describe("oci://registry/path/touchstone (its tag is the version), or https://….tgz"),
      digest: Digest.describe("SHA-256 of the chart's archive, wherever it comes from"),
    }),
    images: z
      .strictObject({ controlPlane: Digest, dataplane: Digest, updater: Digest })
      .describe("digests of the images; their names are the chart's"),
    channels: z.array(z.enum(CHANNELS)).min(1).describe("channels it may be offered in"),
    upgradableFrom: ProductVersion.describe("the oldest version that can be upgraded to it at once"),
    reversible: z
      .boolean()
      .describe("whether the version before runs on what it leaves behind, so that a failed upgrade may be rolled back"),
    notes: z.url({ protocol: /^https$/ }).describe("what is new, for people"),
    ...lifetime,
  })
  .refine(livesAtMost(RELEASE_DAYS_MAX), { path: ["expiresAt"], message: `after issuedAt, by ${RELEASE_DAYS_MAX} days at most` });
export type Release = z.infer<typeof Release>;

export const Pointer = z
  .strictObject({
    kind: z.literal("touchstone/channel"),
    version: z.literal(1),
    channel: z.enum(CHANNELS),
    counter: z.int().min(1).describe("greater in each pointer of the channel: an older one shown again is known by it"),
    release: Signed,
    ...lifetime,
  })
  .refine(livesAtMost(POINTER_DAYS_MAX), { path: ["expiresAt"], message: `after issuedAt, by ${POINTER_DAYS_MAX} days at most` });
export type Pointer = z.infer<typeof Pointer>;

/** A pointer as it is signed. Its number is the second it is made in where nobody says another: greater each time, and kept nowhere. */
export const pointerTo = (release: Signed, channel: Channel, days: number, now: Date, counter?: number): Pointer =>
  Pointer.parse({
    kind: "touchstone/channel",
    version: 1,
    channel,
    counter: counter ?? Math.floor(now.getTime() / 1000),
    release,
    issuedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + days * DAY_MS).toISOString(),
  } satisfies z.input<typeof Pointer>);
