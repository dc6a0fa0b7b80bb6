import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { keyIdsIn, readPrivateKey, readPublicKeys, writeKeyPair } from "./key-files.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-keys-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const unwritable = (thrown: unknown) => (assert.equal(toErrorInfo(thrown).code, "KEY_UNWRITABLE"), true);

test("a pair is written once: what signs for its owner, what verifies for everybody", async () => {
  const { id, privateFile, publicFile } = await writeKeyPair(join(folder, "one"));
  assert.equal(statSync(privateFile).mode & 0o777, 0o600);
  assert.equal((await readPrivateKey(privateFile)).id, id);
  assert.deepEqual(
    (await readPublicKeys([publicFile, publicFile])).map((key) => key.id),
    [id, id],
  );
  assert.deepEqual([await keyIdsIn(privateFile), await keyIdsIn(publicFile)], [[id], [id]]);
  await assert.rejects(writeKeyPair(join(folder, "one")), unwritable);
  assert.deepEqual(await keyIdsIn(privateFile), [id], "the first is as it was");
});

test("half a pair is none", async () => {
  writeFileSync(join(folder, "two.pub.pem"), "somebody's");
  await assert.rejects(writeKeyPair(join(folder, "two")), unwritable);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("two")),
    ["two.pub.pem"],
  );
  await assert.rejects(writeKeyPair(join(folder, "nowhere", "three")), unwritable);
});
