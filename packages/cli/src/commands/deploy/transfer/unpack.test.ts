/** A transfer is somebody else's document: it names no folder outside of ours, and nothing in it reaches a terminal as a command. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { newKeyPair, privateKeyIn } from "@touchstone/deploy/supply/key";
import { signDocument } from "@touchstone/deploy/supply/signature";
import type { TransferDocument } from "@touchstone/deploy/transfer/document";
import { unpack } from "./unpack.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-unpack-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const pair = newKeyPair();
writeFileSync(at("operator.pub.pem"), pair.publicPem);

const transfer = (name: string, more: Partial<TransferDocument>): TransferDocument => ({
  version: 1,
  kind: "touchstone-transfer",
  shape: "in-place",
  madeAt: "2026-01-01T00:00:00.000Z",
  operator: { name: "Operator\u001b[2J", keyId: pair.id },
  operatorDomain: null,
  deployment: { version: 1, name, model: "customer", fqdn: "quality.example.org" },
  release: { chart: "touchstone-0.1.0", revision: 1, chartDigest: null, manifestDigest: pair.id, images: [], values: {} },
  infrastructure: null,
  dns: [],
  audit: null,
  groups: [],
  accesses: [{ kind: "user", name: "1", who: "ops\r\u202e@operator.example", grants: "Admin", operators: true }],
  credentials: [{ name: "a password", rotatedBy: "person", how: "by hand\u009b1A" }],
  store: null,
  ...more,
});

const unpacked = async (
  name: string,
  options: Record<string, string | boolean> = {},
  more: Partial<TransferDocument> = {},
): Promise<string> => {
  writeFileSync(at("transfer.json"), JSON.stringify(signDocument(transfer(name, more), privateKeyIn(pair.privatePem, "operator.pem"))));
  let said = "";
  const stdout = { write: (text: string) => (said += text) !== "" };
  const terminal = { stdout, stderr: stdout, signal: new AbortController().signal, colour: false };
  await unpack(at("transfer.json"), { trust: [at("operator.pub.pem")], party: "Customer", ...options }, terminal);
  return said;
};

test("what it says is shown on lines of its own, as plain text", async () => {
  const said = await unpacked("quality", { output: at("quality") });
  assert.match(said, /^Operator·\[2J hands over quality, in-place/m);
  assert.match(said, /^operator's {2}user 1: ops··@operator\.example \(Admin\)$/m);
  assert.doesNotMatch(said, /[\u0000-\u0009\u000b-\u001f\u0080-\u009f\u202e]/);
  assert.deepEqual(readdirSync(at("quality")).toSorted(), ["deployment.yaml", "values.yaml"]);
});

test("a name that leads elsewhere is none", async () => {
  const before = readdirSync(folder);
  await assert.rejects(unpacked(`../../../../../../..${at("elsewhere")}`), (thrown) => toErrorInfo(thrown).code === "DOCUMENT_INVALID");
  assert.equal(existsSync(at("elsewhere")), false);
  assert.deepEqual(readdirSync(folder), before);
});

test("what somebody has changed since is not written over, and nothing beside it, unless that is said", async () => {
  const folder = at("edited");
  const [edited, beside] = [join(folder, "deployment.yaml"), join(folder, "values.yaml")];
  await unpacked("quality", { output: folder });
  const written = readFileSync(edited, "utf8");
  writeFileSync(edited, `${written}# ours\n`);
  rmSync(beside);
  await assert.rejects(unpacked("quality", { output: folder }), (thrown) => toErrorInfo(thrown).code === "UNPACKED_OTHERWISE");
  assert.deepEqual([readFileSync(edited, "utf8"), existsSync(beside)], [`${written}# ours\n`, false]);
  await unpacked("quality", { output: folder, force: true });
  assert.deepEqual([readFileSync(edited, "utf8"), existsSync(beside)], [written, true]);
  await unpacked("quality", { output: folder });
});

test("after a move the operator's bucket is in no file of the customer's, and that is said", async () => {
  const values = { backup: { bucket: { url: "s3://operators/prod", existingSecret: "operators-keys" } }, size: "small" };
  const { deployment, release } = transfer("quality", {});
  const more = { deployment: { ...deployment, values }, release: { ...release, values } };
  const moved = await unpacked("quality", { output: at("moved") }, { ...more, shape: "move" });
  assert.match(moved, /^left out: {3}values\.backup\.bucket \(s3:\/\/operators\/prod\): it is the operator's; say a bucket of your own/m);
  const written = readdirSync(at("moved")).map((file) => readFileSync(join(at("moved"), file), "utf8"));
  assert.equal(written.length, 2);
  for (const text of written) assert.ok(text.includes("small") && !text.includes("operators"), text);
  const inPlace = await unpacked("quality", { output: at("in-place") }, more);
  assert.doesNotMatch(inPlace, /left out/);
  assert.match(readFileSync(join(at("in-place"), "deployment.yaml"), "utf8"), /s3:\/\/operators\/prod/);
});

test("as JSON it is what was signed, and where it was written", async () => {
  const { name, files, document } = JSON.parse(await unpacked("quality", { output: at("json"), json: true }));
  assert.deepEqual([name, files], ["quality", [join(at("json"), "deployment.yaml"), join(at("json"), "values.yaml")]]);
  assert.equal(document.operator.keyId, pair.id);
});
