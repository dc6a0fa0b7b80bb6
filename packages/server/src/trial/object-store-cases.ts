/** What an object store is to do, whichever it is: the same cases for each. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { ObjectStore } from "../object-store/object-store.ts";

/** More than two parts, and no multiple of one. */
const LARGE_BYTES = 17 * 1024 ** 2 + 5;
const SMALL = Buffer.from("Ünïcode\n");

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function* cutOff(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
  throw new Error("the disk is gone");
}
const bytesOf = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const held: Uint8Array[] = [];
  for await (const piece of pieces) held.push(piece);
  return Buffer.concat(held);
};

/** `pages`: lists are also longer than a page of the store; `large`: an object is of several parts. */
export const expectObjectStore = async (
  store: ObjectStore,
  { pages = 2, large: isLarge = true }: { pages?: number; large?: boolean } = {},
): Promise<void> => {
  const large = randomBytes(isLarge ? LARGE_BYTES : 1000);
  const names = async (beginning: string): Promise<string[]> => (await store.list(beginning)).map(({ name }) => name);

  assert.deepEqual(await names("case-"), []);
  const sum = await store.write("case-large.gz", inPieces(large, 1_000_003));
  assert.equal(sum, createHash("sha256").update(large).digest("hex"));
  assert.ok(large.equals(await bytesOf(store.read("case-large.gz"))), "what is read is what was written");
  await store.put("case-large.gz.sha256", SMALL);
  assert.ok(SMALL.equals(await bytesOf(store.read("case-large.gz.sha256"))));

  await store.put("case-empty", Buffer.alloc(0));
  assert.equal((await bytesOf(store.read("case-empty"))).length, 0, "what is empty is read as such");
  await store.remove("case-empty");

  await assert.rejects(store.write("case-broken.gz", cutOff(large)), /the disk is gone/);
  const listed = await store.list("case-");
  assert.deepEqual(
    listed.map(({ name, bytes }) => [name, bytes]),
    [
      ["case-large.gz", large.length],
      ["case-large.gz.sha256", SMALL.length],
    ],
    "what was not written to its end is not there",
  );
  assert.ok(listed.every(({ madeAt }) => Math.abs(Date.now() - madeAt.getTime()) < 600_000));

  const many = pages === 1 ? [] : Array.from({ length: 7 }, (_, index) => `case-page-${index}`);
  for (const name of many) await store.put(name, SMALL);
  assert.deepEqual(await names("case-page-"), many);

  for (const name of [...many, "case-large.gz", "case-large.gz.sha256", "case-large.gz"]) await store.remove(name);
  assert.deepEqual(await names("case-"), []);
  await assert.rejects(bytesOf(store.read("case-large.gz")), /could not be read/);
};
