import assert from "node:assert/strict";
import { after, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { connect } from "../index.ts";
import { scratch, scratchSlot } from "../scratch.ts";
import { ENGINE_VERSION, addExtension, extensionFolder, installedExtensions } from "./extensions.ts";
import { parseRemote, remotePrefix, remoteSetup } from "./remote.ts";

const at = scratch();
after(() => at.remove());

/** A test with a folder of its own for extensions. */
const withFolder = (name: string, work: () => void | Promise<void>): void =>
  void test(name, async () => {
    const given = process.env["TOUCHSTONE_EXTENSIONS"];
    process.env["TOUCHSTONE_EXTENSIONS"] = at.path("extensions");
    try {
      await work();
    } finally {
      if (given === undefined) delete process.env["TOUCHSTONE_EXTENSIONS"];
      else process.env["TOUCHSTONE_EXTENSIONS"] = given;
    }
  });

const URLS: readonly (readonly [string, { scheme: string; extension: string; shown: string; prefix: string } | null])[] = [
  ["s3://bucket/a/b.parquet", { scheme: "s3", extension: "httpfs", shown: "s3://bucket/a/b.parquet", prefix: "s3://bucket/a/" }],
  ["s3://bucket/a/*/x-?.csv", { scheme: "s3", extension: "httpfs", shown: "s3://bucket/a/*/x-?.csv", prefix: "s3://bucket/a/" }],
  ["gs://bucket/x.csv", { scheme: "gcs", extension: "httpfs", shown: "gs://bucket/x.csv", prefix: "gs://bucket/" }],
  ["az://container/x.parquet", { scheme: "azure", extension: "azure", shown: "az://container/x.parquet", prefix: "az://container/" }],
  [
    "abfss://c@account.dfs.core.windows.net/x.csv",
    {
      scheme: "azure",
      extension: "azure",
      shown: "abfss://c@account.dfs.core.windows.net/x.csv",
      prefix: "abfss://c@account.dfs.core.windows.net/",
    },
  ],
  [
    "https://user:pass@host/x.csv?sig=hidden#a",
    { scheme: "http", extension: "httpfs", shown: "https://host/x.csv", prefix: "https://user:pass@host/" },
  ],
  ["ftp://host/x.csv", null],
  ["C:\\data\\x.csv", null],
  ["data/x.csv", null],
];

test("URLs are taken apart, and shown without their secrets", () => {
  for (const [url, expected] of URLS) {
    const source = parseRemote(url);
    assert.deepEqual(
      source && { scheme: source.scheme, extension: source.extension, shown: source.shown, prefix: remotePrefix(source) },
      expected,
      url,
    );
  }
});

withFolder("a missing extension is named with the folder it belongs into", async () => {
  for (const [source, name] of [
    ["s3://b/x.csv", "httpfs"],
    ["az://b/x.parquet", "azure"],
    ["https://h/x.csv?token=hidden", "httpfs"],
  ] as const) {
    await assert.rejects(connect([source]), (thrown) => {
      assert.ok(thrown instanceof UserError);
      assert.equal(thrown.info.code, "EXTENSION_MISSING");
      assert.match(`${thrown.info.what}${thrown.info.todo}`, new RegExp(name));
      assert.ok(thrown.info.todo.includes(extensionFolder()));
      assert.ok(!JSON.stringify(thrown.info).includes("hidden"));
      return true;
    });
  }
});

/** The end of an extension file names its platform and engine. */
const extensionFile = (name: string, version: string): string =>
  at.write(
    name,
    Buffer.concat([Buffer.alloc(2000), Buffer.from(`linux_amd64 linux_arm64 osx_arm64 osx_amd64 windows_amd64 windows_arm64 ${version}`)]),
  );

withFolder("extensions are put in place, others are refused", () => {
  assert.deepEqual(installedExtensions(), []);
  const added = addExtension(extensionFile("httpfs.duckdb_extension", ENGINE_VERSION));
  assert.ok(added.startsWith(extensionFolder()));
  assert.deepEqual(installedExtensions(), ["httpfs"]);
  for (const file of [
    extensionFile("azure.duckdb_extension", "v0.0.1"),
    extensionFile("evil.duckdb_extension", ENGINE_VERSION),
    extensionFile("httpfs.so", ENGINE_VERSION),
  ])
    assert.throws(
      () => addExtension(file),
      (thrown) => thrown instanceof UserError && thrown.info.code === "OPTION_INVALID",
      file,
    );
  assert.throws(
    () => addExtension(at.path("missing.duckdb_extension")),
    (thrown) => thrown instanceof UserError && thrown.info.code === "SOURCE_NOT_FOUND",
  );
});

withFolder("credentials become secrets of the engine", () => {
  const [load, secret] = remoteSetup([parseRemote("s3://b/x.csv")!], {
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "it's",
    AWS_REGION: "eu-west-1",
  });
  assert.equal(load, "LOAD httpfs");
  assert.equal(secret, "CREATE TEMPORARY SECRET touchstone_s3 (TYPE s3, KEY_ID 'id', SECRET 'it''s', REGION 'eu-west-1')");
  assert.deepEqual(remoteSetup([parseRemote("https://h/x.csv")!], {}), ["LOAD httpfs"]);
});

withFolder("extensions are looked for under the engine's own version and platform", async () => {
  const slot = await scratchSlot(at);
  const [row] = await slot.session.query(
    "SELECT library_version AS version, (SELECT platform FROM pragma_platform()) AS platform FROM pragma_version()",
  );
  await slot.close();
  assert.equal(row?.["version"], ENGINE_VERSION);
  assert.ok(extensionFolder().endsWith(`${row["version"]}/${row["platform"]}`));
});
