/** Addresses, and what a store answers that no emulator does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { openObjectStore, type ObjectStore } from "./object-store.ts";
import { placeOf } from "./place.ts";

test("places, and what is none", () => {
  assert.deepEqual(placeOf("az://account1/box/a/b.c/"), { scheme: "az", account: "account1", bucket: "box", folder: "a/b.c" });
  assert.deepEqual(placeOf("s3://bucket"), { scheme: "s3", account: "", bucket: "bucket", folder: "" });
  const cases: readonly [string, RegExp][] = [
    ["s3://bucket/../other", /is \. or \.\./],
    ["gs://bucket/a/./b", /is \. or \.\./],
    ["s3://bucket/a//b", /a folder is/],
    ["s3://key:hidden@bucket/a", /a bucket is/],
    ["https://account1.blob.core.windows.net/box?sv=2023&sig=hidden", /begins with none/],
    ["az://account1/box?sv=2023&sig=hidden", /a container is/],
  ];
  for (const [text, why] of cases)
    assert.throws(
      () => placeOf(text),
      (thrown) => thrown instanceof UserError && why.test(thrown.info.why) && !JSON.stringify(thrown.info).includes("hidden"),
      text,
    );
});

/** With a bucket on a server that answers so. */
const withBucket = async (answer: RequestListener, work: (store: ObjectStore) => Promise<void>, keys = ["id", "hidden"]): Promise<void> => {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY] = keys;
  const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await work(openObjectStore(placeOf("s3://bucket/a"), { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

test("what others called with a percent sign does not hide what is ours", async () => {
  const keys = ["a/touchstone-50%.txt", "a%2Ftouchstone-1", "a/touchstone-2"];
  const list = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join("");
  await withBucket(
    (_, response) => void response.end(`<ListBucketResult>${list}</ListBucketResult>`),
    async (store) =>
      assert.deepEqual(
        (await store.list("touchstone-")).map(({ name }) => name),
        ["touchstone-50%.txt", "touchstone-1", "touchstone-2"],
      ),
  );
});

test("keys that came with the end of their line are those keys", async () => {
  const asked: string[] = [];
  await withBucket(
    (request, response) => {
      asked.push(String(request.headers.authorization));
      response.end();
    },
    (store) => store.put("x", Buffer.from("x")),
    ["id\n", "hidden\n"],
  );
  assert.match(asked.join(), /Credential=id\/\d{8}\//);
});

test("an end that was heard and whose answer was lost is an end; one that was never heard is not", async () => {
  const ends = async (lost: boolean): Promise<void> => {
    let tries = 0;
    await withBucket(
      (request, response) => {
        request.resume().once("end", () => {
          if (request.url?.endsWith("?uploads=")) return void response.end("<UploadId>1</UploadId>");
          if (request.method !== "POST") return void response.end();
          tries += 1;
          if (lost && tries === 1) return void request.socket.destroy();
          response.writeHead(404).end("<Error><Code>NoSuchUpload</Code></Error>");
        });
      },
      async (store) => {
        async function* pieces() {
          yield Buffer.from("x");
        }
        assert.match(await store.write("x", pieces()), /^2d711642b726/);
      },
    );
  };
  await ends(true);
  await assert.rejects(ends(false), /404 NoSuchUpload/);
});
