/** Objects in S3, by each identity a pod may have there; the same protocol with Google's tokens. The server is moto's. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { UserError } from "@touchstone/core/errors";
import { BUCKET, REGION, ROLE, skip, startMoto, type Moto } from "../trial/moto.ts";
import { expectObjectStore } from "../trial/object-store-cases.ts";
import { backupsIn, keepIn, keepNewestIn, newestIn } from "../store/bucket-backups.ts";
import { openObjectStore, type Environment, type ObjectStore } from "./object-store.ts";
import { placeOf } from "./place.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-s3-"));
const TOKEN = join(folder, "token");

suite("S3", { skip }, () => {
  let moto: Moto;
  const servers: Server[] = [];
  before(async () => {
    moto = await startMoto();
    writeFileSync(TOKEN, "eyJh.eyJp.c2ln\n");
  });
  after(async () => {
    for (const server of servers) server.close();
    await moto.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const listening = async (server: Server): Promise<string> => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const env = (more: Environment = {}): Environment => ({ AWS_ENDPOINT_URL: moto.url, AWS_REGION: REGION, ...more });
  const open = (more: Environment = {}, address = `s3://${BUCKET}`) => openObjectStore(placeOf(address), env(more));
  const refused = (work: Promise<unknown>, code: string, why: RegExp) =>
    assert.rejects(work, (thrown) => thrown instanceof UserError && thrown.info.code === code && why.test(thrown.info.why));

  test("what an object store is to do, in a folder, page by page", async () => {
    await moto.verifies(false);
    await expectObjectStore(open(moto.keys, `s3://${BUCKET}/prod/a`));
    assert.equal(await moto.unfinished(), 0, "an upload that was stopped is given up");
  });

  test("each request is signed with its body, by keys", async () => {
    await moto.verifies(true);
    await expectObjectStore(open(moto.keys), { pages: 1, large: false });
    const wrong = open({ ...moto.keys, AWS_SECRET_ACCESS_KEY: "another" });
    await refused(wrong.list("x"), "OBJECT_STORE_REFUSED", /403 SignatureDoesNotMatch/);
    await refused(open(moto.keys, "s3://another-bucket").list("x"), "OBJECT_STORE_REFUSED", /403 AccessDenied/);
  });

  test("a role by the pod's own token", async () => {
    await moto.verifies(false);
    const store = open({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN });
    await store.list("x");
    await moto.verifies(true);
    await expectObjectStore(store, { pages: 1, large: false });
    await moto.verifies(false);
    const missing = open({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "none") });
    await refused(missing.list("x"), "OBJECT_STORE_IDENTITY", /none cannot be read/);
  });

  test("what the agent of EKS Pod Identity gives", async () => {
    const asked: string[] = [];
    const host = await listening(
      createServer((from, response) => {
        asked.push(String(from.headers.authorization));
        const { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey } = moto.keys;
        response.end(
          JSON.stringify({ AccessKeyId, SecretAccessKey, Token: "", Expiration: new Date(Date.now() + 3_600_000).toISOString() }),
        );
      }),
    );
    await moto.verifies(true);
    const store = open({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${host}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: TOKEN,
    });
    await expectObjectStore(store, { pages: 1, large: false });
    assert.deepEqual(asked, ["eyJh.eyJp.c2ln"], "once, for as long as they are good");
    await moto.verifies(false);
    const silent = open({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${moto.url}/nothing/here` });
    await refused(silent.list("x"), "OBJECT_STORE_IDENTITY", /answers/);
  });

  test("Google's buckets, by the token of the metadata server", async () => {
    const tokens: (string | undefined)[] = [];
    const metadata = await listening(
      createServer((from, response) => {
        if (from.headers["metadata-flavor"] !== "Google") return response.writeHead(403).end();
        response.end(JSON.stringify({ access_token: "ya29.token", expires_in: 3600, token_type: "Bearer" }));
      }),
    );
    const google = await listening(
      createServer((from, response) => {
        tokens.push(from.headers.authorization);
        from.pipe(
          request(`${moto.url}${from.url}`, { method: from.method, headers: from.headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers);
            answer.pipe(response);
          }),
        );
      }),
    );
    await moto.verifies(false);
    const settings = { GCE_METADATA_HOST: metadata, STORAGE_EMULATOR_HOST: `http://${google}` };
    await expectObjectStore(openObjectStore(placeOf(`gs://${BUCKET}/google`), settings), { large: false });
    assert.deepEqual([...new Set(tokens)], ["Bearer ya29.token"]);
  });

  test("a line that breaks and a server that is busy cost a request, and no object", async () => {
    let seen = 0;
    const bad = await listening(
      createServer((from, response) => {
        seen += 1;
        if (seen % 5 === 2) return void from.socket.destroy();
        if (seen % 5 === 4) return void response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
        from.pipe(
          request(`${moto.url}${from.url}`, { method: from.method, headers: from.headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers);
            answer.pipe(response);
          }),
        );
      }),
    );
    await moto.verifies(false);
    await expectObjectStore(open({ ...moto.keys, AWS_ENDPOINT_URL_S3: `http://${bad}` }, `s3://${BUCKET}/line`), { pages: 1 });
  });

  test("a backup that stops at any of its requests is none, and the next one clears up", async () => {
    let allowed = 0;
    const stopping = await listening(
      createServer((from, response) => {
        if (allowed-- <= 0) return void response.writeHead(403).end("<Error><Code>Stopped</Code></Error>");
        from.pipe(
          request(`${moto.url}${from.url}`, { method: from.method, headers: from.headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers);
            answer.pipe(response);
          }),
        );
      }),
    );
    await moto.verifies(false);
    const place = `s3://${BUCKET}/stops`;
    const [through, bucket] = [open({ ...moto.keys, AWS_ENDPOINT_URL: `http://${stopping}` }, place), open(moto.keys, place)];
    const backUp = (store: ObjectStore, day: number) =>
      keepIn(store, `touchstone-2026010${day}T000000Z.gz`, (sink) => sink(Readable.from([gzipSync(`backup ${day}`)])));
    // Begin, a part, its end, reading back, the sum.
    for (const step of [0, 1, 2, 3, 4]) {
      allowed = step;
      await assert.rejects(backUp(through, step + 1), /403 Stopped/);
      assert.deepEqual(
        (await backupsIn(bucket)).filter(({ isWhole }) => isWhole),
        [],
        `stopped after ${step} requests`,
      );
    }
    await assert.rejects(newestIn(bucket), /no whole backup/);
    assert.deepEqual(
      (await backupsIn(bucket)).map(({ name }) => name),
      ["touchstone-20260104T000000Z.gz", "touchstone-20260105T000000Z.gz"],
      "read back, but without a sum",
    );
    for (const day of [6, 7]) await backUp(bucket, day);
    await keepNewestIn(bucket, 1);
    assert.deepEqual(
      (await bucket.list("")).map(({ name }) => name),
      ["touchstone-20260107T000000Z.gz", "touchstone-20260107T000000Z.gz.sha256"],
    );
  });

  test("nobody there, and no identity", async () => {
    await refused(
      open({ ...moto.keys, AWS_ENDPOINT_URL: "http://127.0.0.1:1" }).list("x"),
      "OBJECT_STORE_UNREACHABLE",
      /ECONNREFUSED|bad port/,
    );
    assert.throws(() => open(), /AWS_ROLE_ARN/);
  });
});
