/** What who publishes types, from a new key to a pointer that is verified. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { newGround } from "../../terminal-ground.ts";

const ground = newGround();
after(ground.remove);
const deploy = (...words: string[]) => ground.run("deploy", ...words);
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

test("keys, a release, its pointer, and what is refused", async () => {
  ground.write(
    "release.yaml",
    `product: 1.4.0
chart: { address: oci://registry.example.org/touchstone }
images: { controlPlane: "${digest("1")}", dataplane: "${digest("2")}", updater: "${digest("3")}" }
channels: [canary]
upgradableFrom: 1.2.0
reversible: true
notes: https://example.org/1.4.0
`,
  );
  ground.write("chart.tgz", "an archive");
  const made = await deploy("keys", "new", "@mine");
  assert.equal(made.status, 0, made.err);
  assert.doesNotMatch(made.out, /PRIVATE/);
  const [id = ""] = made.out.split("\n");
  assert.equal((await deploy("keys", "show", "@mine.pub.pem")).out, `${id}\n`);
  assert.match((await deploy("keys", "new", "@mine")).err, /KEY_UNWRITABLE/);
  await deploy("keys", "new", "@theirs");

  assert.match((await deploy("release", "sign", "@release.yaml", "--key", "@mine.pem")).err, /DOCUMENT_INVALID[^]*digest/);
  assert.equal(
    (await deploy("release", "sign", "@release.yaml", "--chart", "@chart.tgz", "--key", "@mine.pem", "-o", "@release.json")).status,
    0,
  );
  assert.match((await deploy("release", "point", "@release.json", "--channel", "stable", "--key", "@mine.pem")).err, /signed for canary/);
  assert.equal(
    (await deploy("release", "point", "@release.json", "--channel", "canary", "--key", "@mine.pem", "-o", "@canary.json")).status,
    0,
  );
  assert.match((await deploy("release", "show", "@canary.json")).out, /channel canary, number \d+[^]*release 1\.4\.0/);
  const verified = await deploy("release", "verify", "@canary.json", "--keys", "@mine.pub.pem", "--json");
  assert.deepEqual(JSON.parse(verified.out).release_signers, [id]);
  const refused = await deploy("release", "verify", "@canary.json", "--keys", "@theirs.pub.pem");
  assert.deepEqual([refused.status, /DOCUMENT_SIGNER_UNKNOWN/.test(refused.err)], [2, true]);
  assert.match(
    (await deploy("release", "point", "@canary.json", "--channel", "canary", "--key", "@mine.pem")).err,
    /it is a channel's pointer/,
  );
  assert.match((await deploy("release", "sign", "@release.yaml")).err, /--key/);
});
