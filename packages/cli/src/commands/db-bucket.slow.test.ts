/** Backups in a bucket, as a person types it. The server is moto's. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { openObjectStore, type ObjectStore } from "@touchstone/server/object-store/object-store";
import { placeOf } from "@touchstone/server/object-store/place";
import { restoreFrom } from "@touchstone/server/store/backup";
import { readChecked } from "@touchstone/server/store/bucket-backups";
import { openStore } from "@touchstone/server/store/database";
import { BUCKET, REGION, skip, startMoto, type Moto } from "@touchstone/server/trial/moto";
import { layStore } from "@touchstone/server/trial/store";
import { reach } from "../doctor/reach.ts";
import { run } from "../run.ts";

const PLACE = `s3://${BUCKET}/prod`;

suite("backups in a bucket", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-bucket-"));
  const environment = { ...process.env };
  let moto: Moto;
  let bucket: ObjectStore;
  before(async () => {
    moto = await startMoto();
    bucket = openObjectStore(placeOf(PLACE), { AWS_ENDPOINT_URL: moto.url, AWS_REGION: REGION, ...moto.keys });
    Object.assign(process.env, { AWS_ENDPOINT_URL: moto.url, AWS_REGION: REGION, ...moto.keys });
  });
  after(async () => {
    for (const name of ["AWS_ENDPOINT_URL", "AWS_REGION", ...Object.keys(moto.keys)]) delete process.env[name];
    Object.assign(process.env, environment);
    await moto.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const db = async (...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> => {
    const told = { stdout: "", stderr: "" };
    const into = (stream: "stdout" | "stderr") => ({ write: (text: string) => void (told[stream] += text) });
    const terminal = { stdout: into("stdout"), stderr: into("stderr"), signal: new AbortController().signal, colour: false };
    return { status: await run(["db", ...args], terminal), ...told };
  };
  const textOf = async (pieces: AsyncIterable<Uint8Array>): Promise<string> =>
    Buffer.concat(await Array.fromAsync(pieces)).toString("utf8");

  test("written, listed, verified, restored", async () => {
    for (const name of ["one", "two"]) await layStore(join(folder, name));
    const one = await openStore({ url: null, folder: join(folder, "one") });
    await one.db.insertInto("connection").values({ name: "Ünïcode", type: "duckdb", settings: "{}" }).execute();
    await one.close();
    assert.equal((await db("backups", PLACE)).stdout, "there is no backup there\n");
    const { status, stdout, stderr } = await db("backup", "--to", PLACE, "--keep", "1", "--data", join(folder, "one"));
    assert.equal(status, 0, stderr);
    const [, name = ""] = /^s3:\/\/quality-backups\/prod\/(touchstone-\d{8}T\d{6}Z\.gz)\n$/.exec(stdout) ?? [];
    assert.match((await db("backups", "--from", PLACE)).stdout, new RegExp(`^${name} +[\\d,]+ bytes\\n$`));
    const [, rows = ""] = /whole: (\d+ rows) of \d+ tables\n$/.exec((await db("verify", "--from", PLACE)).stdout) ?? [];
    assert.notEqual(rows, "");

    // Another sum beside it: nothing of it is taken, though every line is good.
    const [sum, own] = [`${name}.sha256`, await textOf(bucket.read(`${name}.sha256`))];
    await bucket.put(sum, Buffer.from(own.replace(/^.{64}/, "0".repeat(64))));
    assert.match((await db("verify", PLACE)).stderr, /its sum is not the one that was written beside it/);
    const two = await openStore({ url: null, folder: join(folder, "two") });
    await assert.rejects(restoreFrom(two.db, readChecked(bucket, name), name), /its sum is not the one/);
    assert.deepEqual(await two.db.selectFrom("connection").selectAll().execute(), []);
    await two.close();

    await bucket.put(sum, Buffer.from(own));
    const restored = await db("restore", "--from", `${PLACE}/${name}`, "--data", join(folder, "two"));
    assert.equal(restored.stdout, `${rows} restored\n`, restored.stderr);
  });

  test("a pod tries it by an object of its own, and says which right it lacks", async () => {
    const target = { kind: "bucket", to: PLACE } as const;
    const env = { AWS_ENDPOINT_URL: moto.url, AWS_REGION: REGION, ...moto.keys };
    const there = (await bucket.list("")).map(({ name }) => name);
    const good = await reach(target, { env, patienceMs: 0 });
    assert.deepEqual([good.stopped, good.reason], [null, null]);
    await moto.verifies(true);
    const refused = await reach(target, { env: { ...env, AWS_SECRET_ACCESS_KEY: "hidden" }, patienceMs: 0 });
    await moto.verifies(false);
    assert.equal(refused.stopped, "answer");
    assert.match(refused.reason ?? "", /could not be written: the object store answers 403 SignatureDoesNotMatch/);
    assert.doesNotMatch(JSON.stringify(refused), /hidden/);
    assert.deepEqual(
      (await bucket.list("")).map(({ name }) => name),
      there,
    );
  });

  test("places that are none", async () => {
    for (const [place, why] of [
      ["ftp://x/y", /begins with none/],
      ["s3://Bucket/x", /small letters/],
      ["s3://bucket/a b", /a folder is/],
      ["az://account", /a container/],
    ] as const)
      assert.match((await db("backups", place)).stderr, why, place);
  });
});
