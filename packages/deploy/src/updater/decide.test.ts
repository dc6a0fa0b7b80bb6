/** When a deployment is upgraded by itself, and every reason why it is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { errorInfo } from "@touchstone/core/errors";
import { CHANNELS, Deployment } from "../deployment/deployment.ts";
import { isOpen } from "../deployment/window.ts";
import { newKeyPair, privateKeyIn, publicKeysIn } from "../supply/key.ts";
import { compareVersions } from "../supply/product-version.ts";
import { Release } from "../supply/release.ts";
import { coSign, documentDigest, signDocument, type Signed } from "../supply/signature.ts";
import { decide, type Situation, type Verdict } from "./decide.ts";
import type { Permit } from "./permit.ts";
import { NOTHING_SEEN, type Outcome, type UpdaterRecord } from "./record.ts";

const [ours, strangers] = [newKeyPair(), newKeyPair()];
const OURS = privateKeyIn(ours.privatePem, "ours");
const STRANGERS = privateKeyIn(strangers.privatePem, "strangers");
const KEYS = publicKeysIn(ours.publicPem, "keys");

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const RELEASE = {
  kind: "touchstone/release",
  version: 1,
  product: "1.4.0",
  chart: { address: "oci://registry.example.org/touchstone", digest: digest("c") },
  images: { controlPlane: digest("1"), dataplane: digest("2"), updater: digest("3") },
  channels: ["early", "stable"],
  upgradableFrom: "1.2.0",
  reversible: true,
  notes: "https://example.org/1.4.0",
  issuedAt: "2026-11-01T00:00:00Z",
  expiresAt: "2027-11-01T00:00:00Z",
};
const POINTER = {
  kind: "touchstone/channel",
  version: 1,
  channel: "stable",
  counter: 7,
  issuedAt: "2026-11-20T00:00:00Z",
  expiresAt: "2026-12-04T00:00:00Z",
};

type Signers = { release?: typeof OURS; pointer?: typeof OURS };
const pointing = (pointer: object = {}, release: object = {}, by: Signers = {}): Signed =>
  signDocument({ ...POINTER, ...pointer, release: signDocument({ ...RELEASE, ...release }, by.release ?? OURS) }, by.pointer ?? OURS);

const deploymentWith = (more: object = {}): Deployment =>
  Deployment.parse({ version: 1, name: "quality", model: "customer", fqdn: "quality.example.org", upgrades: "namespace-admin", ...more });
const permitting = (more: object = {}): Permit => ({ deployment: deploymentWith(more), keys: KEYS });

/** A Tuesday. */
const NOW = new Date("2026-11-24T12:00:00Z");
const NIGHT = { from: "02:00", hours: 4 };
const GOOD = pointing();
const usual: Situation = { now: NOW, permit: permitting(), holder: null, pointer: GOOD, running: "1.3.2", record: NOTHING_SEEN };
const seen = (counter: number, known: string = documentDigest(GOOD.document)): UpdaterRecord => ({
  ...NOTHING_SEEN,
  seen: { stable: { counter, digest: known } },
});
const having = (product: string): UpdaterRecord => ({
  ...NOTHING_SEEN,
  failed: [{ product, at: "2026-11-23T00:00:00Z", why: "its pods did not start" }],
});
const altered = { ...GOOD, document: { ...GOOD.document, counter: 8 } };
const inner = (signed: Signed): Signed => signDocument({ ...POINTER, release: signed }, OURS);

const CASES: readonly { what: string; given: Partial<Situation>; outcome: Outcome | "upgrade"; says?: RegExp }[] = [
  { what: "a newer release in its channel", given: {}, outcome: "upgrade" },
  { what: "seen before, and not installed yet", given: { record: seen(7) }, outcome: "upgrade" },
  { what: "an older pointer was seen", given: { record: seen(6, digest("f")) }, outcome: "upgrade" },
  { what: "another version has failed", given: { record: having("1.3.9") }, outcome: "upgrade" },
  { what: "signed by a stranger as well", given: { pointer: coSign(GOOD, STRANGERS) }, outcome: "upgrade" },
  { what: "from the oldest that can be upgraded", given: { running: "1.2.0" }, outcome: "upgrade" },
  { what: "a release in place of its candidate", given: { running: "1.4.0-rc.3" }, outcome: "upgrade" },
  { what: "in the window", given: { permit: permitting({ maintenanceWindow: { from: "11:30", hours: 1 } }) }, outcome: "upgrade" },
  {
    what: "not to be rolled back, and allowed",
    given: { pointer: pointing({}, { reversible: false }), permit: permitting({ updater: { irreversible: true } }) },
    outcome: "upgrade",
  },
  { what: "paused", given: { permit: null }, outcome: "paused", says: /touchstone-upgrades/ },
  { what: "no pointer", given: { pointer: errorInfo("DOCUMENT_UNREADABLE", "it", "404") }, outcome: "unreachable", says: /404/ },
  { what: "unsigned", given: { pointer: { ...GOOD, signatures: [] } }, outcome: "refused", says: /not signed/ },
  {
    what: "signed by a stranger",
    given: { pointer: pointing({}, {}, { pointer: STRANGERS }) },
    outcome: "refused",
    says: /nobody you trust/,
  },
  { what: "altered", given: { pointer: altered }, outcome: "refused", says: /not what was signed/ },
  {
    what: "with a stranger's release",
    given: { pointer: pointing({}, {}, { release: STRANGERS }) },
    outcome: "refused",
    says: /release.*nobody/,
  },
  {
    what: "with an unsigned release",
    given: { pointer: inner({ ...signDocument(RELEASE, OURS), signatures: [] }) },
    outcome: "refused",
    says: /release.*not signed/,
  },
  { what: "with a pointer as its release", given: { pointer: inner(GOOD) }, outcome: "refused", says: /kind/ },
  { what: "a release as the pointer", given: { pointer: signDocument(RELEASE, OURS) }, outcome: "refused", says: /kind/ },
  {
    what: "a pointer that lives too long",
    given: { pointer: pointing({ expiresAt: "2027-11-20T00:00:00Z" }) },
    outcome: "refused",
    says: /45 days/,
  },
  { what: "a version that is none", given: { pointer: pointing({}, { product: "latest" }) }, outcome: "refused", says: /product/ },
  {
    what: "of a version of the format that is not known",
    given: { pointer: pointing({ version: 2 }) },
    outcome: "refused",
    says: /version/,
  },
  { what: "of another channel", given: { pointer: pointing({ channel: "early" }) }, outcome: "other-channel" },
  {
    what: "the release is for other channels",
    given: { pointer: pointing({}, { channels: ["early"] }) },
    outcome: "other-channel",
    says: /signed for early/,
  },
  { what: "an expired pointer", given: { now: new Date("2026-12-04T00:00:00Z") }, outcome: "expired", says: /pointer was good until/ },
  {
    what: "an expired release",
    given: { pointer: pointing({}, { expiresAt: "2026-11-24T11:59:59Z" }) },
    outcome: "expired",
    says: /release it points to was good/,
  },
  { what: "a pointer of tomorrow", given: { pointer: pointing({ issuedAt: "2026-11-25T00:00:00Z" }) }, outcome: "ahead-of-time" },
  { what: "an older pointer again", given: { record: seen(8) }, outcome: "replayed", says: /7, and 8/ },
  { what: "another pointer under the same number", given: { record: seen(7, digest("f")) }, outcome: "replayed", says: /another/ },
  { what: "nothing is installed", given: { running: null }, outcome: "not-installed" },
  { what: "it runs already", given: { running: "1.4.0" }, outcome: "current" },
  { what: "a newer one runs", given: { running: "1.4.1" }, outcome: "older" },
  { what: "a candidate of a newer one runs", given: { running: "1.5.0-rc.1" }, outcome: "older" },
  { what: "what runs is too old", given: { running: "1.1.9" }, outcome: "too-far", says: /1\.2\.0/ },
  { what: "what runs has no version", given: { running: "main" }, outcome: "too-far" },
  { what: "it failed before", given: { record: having("1.4.0") }, outcome: "failed-before", says: /pods did not start/ },
  { what: "not to be rolled back", given: { pointer: pointing({}, { reversible: false }) }, outcome: "irreversible" },
  {
    what: "outside the window",
    given: { permit: permitting({ maintenanceWindow: NIGHT }) },
    outcome: "outside-window",
    says: /02:00 for 4 h/,
  },
];

const outcomeOf = (verdict: Verdict): Outcome | "upgrade" => (verdict.do === "upgrade" ? "upgrade" : verdict.outcome);

for (const { what, given, outcome, says } of CASES)
  test(`${what}: ${outcome}`, () => {
    const verdict = decide({ ...usual, ...given });
    assert.equal(outcomeOf(verdict), outcome, JSON.stringify(verdict));
    if (says !== undefined && verdict.do === "nothing") assert.match(verdict.why, says);
  });

test("a good pointer is remembered though nothing is done, a bad one is not", () => {
  const counterIn = (given: Partial<Situation>) => decide({ ...usual, ...given }).seen?.pointer.counter ?? null;
  assert.equal(counterIn({ permit: permitting({ maintenanceWindow: NIGHT }) }), 7);
  assert.equal(counterIn({ running: "9.0.0" }), 7);
  assert.equal(counterIn({ pointer: altered }), null);
  assert.equal(counterIn({ now: new Date("2027-01-01T00:00:00Z") }), null);
});

const version = fc
  .record({ numbers: fc.tuple(fc.nat(2), fc.nat(3), fc.nat(3)), before: fc.constantFrom("", "", "-rc.1", "-rc.2") })
  .map(({ numbers, before }) => numbers.join(".") + before);
const moment = fc.date({ min: new Date("2026-11-20T00:00:00Z"), max: new Date("2026-12-04T06:00:00Z"), noInvalidDate: true });
const window = fc.option(
  fc.record({
    days: fc.subarray(["mon", "tue", "sat"], { minLength: 1 }),
    from: fc.constantFrom("00:00", "13:30", "22:00"),
    hours: fc.integer({ min: 1, max: 24 }),
  }),
  { nil: undefined },
);
/** What is usual, in seven of eight draws: where all of it is wrong, no rule is tried by itself. */
const mostly = <A, B>(usually: A, other: fc.Arbitrary<B>): fc.Arbitrary<A | B> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(usually) }, { weight: 1, arbitrary: other });
const situation = fc.record({
  now: moment,
  maintenanceWindow: window,
  channel: mostly("stable", fc.constantFrom(...CHANNELS)),
  isAllowed: mostly(true, fc.constant(false)),
  irreversible: fc.boolean(),
  running: fc.option(version, { freq: 8 }),
  product: version,
  upgradableFrom: mostly("0.0.0", version),
  reversible: mostly(true, fc.constant(false)),
  counter: fc.integer({ min: 1, max: 5 }),
  seenCounter: mostly(null, fc.integer({ min: 1, max: 5 })),
  failed: mostly(null, version),
  /** What was done to it on its way. */
  fault: mostly(null, fc.constantFrom("unsigned", "stranger", "altered", "stranger's release")),
});

const spoilt = (pointer: object, release: object, fault: string | null): Signed => {
  const good = pointing(pointer, release, {
    ...(fault === "stranger" ? { pointer: STRANGERS } : {}),
    ...(fault === "stranger's release" ? { release: STRANGERS } : {}),
  });
  if (fault === "unsigned") return { ...good, signatures: [] };
  return fault === "altered" ? { ...good, document: { ...good.document, channel: "canary" } } : good;
};

test("never back, never unsigned, never outside the window, never while paused, never shown again", () => {
  let upgrades = 0;
  fc.assert(
    fc.property(
      situation,
      ({ now, maintenanceWindow, channel, isAllowed, irreversible, running, failed, fault, seenCounter, counter, ...release }) => {
        const pointer = spoilt({ channel: "stable", counter }, { ...release, channels: ["stable"] }, fault);
        const permit = isAllowed
          ? permitting({ channel, updater: { irreversible }, ...(maintenanceWindow === undefined ? {} : { maintenanceWindow }) })
          : null;
        const record: UpdaterRecord = {
          ...(seenCounter === null ? NOTHING_SEEN : seen(seenCounter)),
          failed: failed === null ? [] : having(failed).failed,
        };
        const verdict = decide({ now, permit, holder: null, pointer, running, record });
        if (verdict.do !== "upgrade") return;
        upgrades++;
        const window = verdict.permit.deployment.maintenanceWindow;
        assert.ok(isAllowed && fault === null && channel === "stable");
        assert.ok(
          running !== null &&
            compareVersions(verdict.release.product, running) > 0 &&
            compareVersions(running, release.upgradableFrom) >= 0,
        );
        assert.ok(window === undefined || isOpen(window, now));
        assert.ok(seenCounter === null || counter > seenCounter);
        assert.ok(now.getTime() < Date.parse(POINTER.expiresAt));
        assert.notEqual(verdict.release.product, failed);
        assert.ok(release.reversible || irreversible);
      },
    ),
    { numRuns: 1000, seed: 20_261_126 },
  );
  assert.ok(upgrades > 40, `only ${upgrades} of the drawn situations lead to an upgrade: the others prove little`);
});

test("what is published is what the updater reads", () => {
  assert.equal(Release.safeParse(RELEASE).success, true);
  for (const wrong of [
    { chart: { ...RELEASE.chart, address: "http://example.org/a.tgz" } },
    { notes: "http://example.org" },
    { expiresAt: RELEASE.issuedAt },
    { more: 1 },
  ])
    assert.equal(Release.safeParse({ ...RELEASE, ...wrong }).success, false, JSON.stringify(wrong));
});
