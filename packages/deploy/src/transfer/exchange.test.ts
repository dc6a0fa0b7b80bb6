import assert from "node:assert/strict";
import { test } from "node:test";
import { KEY_STAGES, keyIdOf, keysAt, secretIn, stageOf, tokensAnew, type Secret } from "./exchange.ts";

const TRANSFER = `sha256:${"ab".repeat(32)}`;
const OTHER = `sha256:${"cd".repeat(32)}`;
const PLACES = { sealing: "TOUCHSTONE_SECRET_KEYS", signing: "TOUCHSTONE_TOKEN_KEY" };
const base64 = (text: string) => Buffer.from(text).toString("base64");
const textOf = (secret: Secret | null, key: string) => Buffer.from(secret?.data[key] ?? "", "base64").toString("utf8");
const secretWith = (ring: string): Secret =>
  secretIn({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "keys", annotations: { theirs: "stays" }, resourceVersion: "7" },
    data: { TOUCHSTONE_SECRET_KEYS: base64(ring), TOUCHSTONE_TOKEN_KEY: base64("old"), other: base64("stays") },
  });
const idsOf = (secret: Secret | null) =>
  textOf(secret, PLACES.sealing)
    .split(",")
    .map((entry) => entry.split(":")[0]);
const OWN = keyIdOf(TRANSFER);

const RINGS: { name: string; ring: string; stages: string[][] }[] = [
  { name: "one key", ring: "k1:AAAA", stages: [["k1", OWN], [OWN, "k1"], [OWN]] },
  { name: "two keys", ring: "k2:BBBB,k1:AAAA\n", stages: [["k2", "k1", OWN], [OWN, "k2", "k1"], [OWN]] },
  { name: "lines", ring: "k1:AAAA\n\n", stages: [["k1", OWN], [OWN, "k1"], [OWN]] },
];

for (const { name, ring, stages } of RINGS)
  test(`keys are exchanged one stage after the other: ${name}`, () => {
    let secret = secretWith(ring);
    const news = new Set<string>();
    KEY_STAGES.forEach((stage, index) => {
      const next = keysAt(stage, secret, PLACES, TRANSFER);
      assert.deepEqual(idsOf(next), stages[index]);
      assert.equal(stageOf(next ?? secret, TRANSFER), stage);
      assert.equal(textOf(next, PLACES.signing) === "old", stage !== "alone", "the signing key goes last");
      news.add(
        textOf(next, PLACES.sealing)
          .split(",")
          .find((entry) => entry.startsWith(OWN)) ?? "",
      );
      assert.ok(next);
      assert.deepEqual(
        [next.metadata.annotations?.["theirs"], next.metadata["resourceVersion"], textOf(next, "other")],
        ["stays", "7", "stays"],
      );
      secret = next;
      for (const done of KEY_STAGES.slice(0, index + 1))
        assert.equal(keysAt(done, secret, PLACES, TRANSFER), null, `${done} is not done twice`);
    });
    assert.equal(news.size, 1, "it is one and the same new key");
  });

test("another transfer begins anew", () => {
  const before = keysAt("behind", secretWith("k1:AAAA"), PLACES, OTHER);
  assert.ok(before);
  assert.deepEqual(idsOf(keysAt("behind", before, PLACES, TRANSFER)), ["k1", keyIdOf(OTHER), OWN]);
});

test("each group gets a token of its own, once", () => {
  const secret = secretIn({ metadata: { name: "dataplanes" }, data: { default: base64("tsdp_old"), heavy: base64("tsdp_old2") } });
  const next = tokensAnew(secret, TRANSFER);
  assert.ok(next);
  const tokens = ["default", "heavy"].map((group) => textOf(next, group));
  for (const token of tokens) assert.match(token, /^tsdp_[\w-]{32,}$/);
  assert.notEqual(tokens[0], tokens[1]);
  assert.equal(tokensAnew(next, TRANSFER), null);
});
