/** What is compiled into Node, DuckDB and its extensions. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compiledIntoEngine, compiledIntoFile, compiledIntoNode } from "./compiled.ts";
import { ENGINE_VERSION } from "./extensions.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");
const versionsOf = (list: readonly { name: string; version: string | null }[]) => new Map(list.map(({ name, version }) => [name, version]));

test("every library of this Node is known, with the version that it says itself", () => {
  const found = versionsOf(compiledIntoNode(process.versions, "node"));
  for (const [name, key] of [
    ["openssl", "openssl"],
    ["v8", "v8"],
    ["zlib", "zlib"],
    ["libuv", "uv"],
    ["c-ares", "ares"],
  ] as const)
    assert.equal(found.get(name), process.versions[key]);
  for (const name of ["node", "modules", "napi"]) assert.ok(!found.has(name));
});

test("one that a newer Node brings is looked at by somebody first", () => {
  assert.throws(() => compiledIntoNode({ libnew: "1.0" }, "node"), /libnew 1\.0/);
  assert.deepEqual(compiledIntoNode({ nghttp3: "", zlib: undefined, node: "24.0.0" }, "node"), []);
});

const engine = join(REPOSITORY, "node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so");
test(
  "what the engine is built of is found in its file",
  { skip: existsSync(engine) ? false : "the engine for Linux on x64 is not here" },
  () => {
    const found = versionsOf(compiledIntoEngine(readFileSync(engine, "latin1"), ENGINE_VERSION, "engine"));
    assert.equal(found.get("duckdb"), ENGINE_VERSION);
    for (const name of ["mbedtls", "re2", "thrift", "zstd", "brotli", "snappy", "yyjson", "icu", "libpg-query"])
      assert.ok(found.has(name), name);
    assert.ok(!found.has("openssl"), "it has no TLS of its own: extensions bring it");
  },
);

test("the engine's extensions are those it says are linked in", async () => {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const linked = await connection.runAndReadAll(
      "SELECT extension_name FROM duckdb_extensions() WHERE install_mode = 'STATICALLY_LINKED' ORDER BY 1",
    );
    const listed = compiledIntoEngine("", ENGINE_VERSION, "engine").flatMap(({ name }) => /^duckdb-extension-(.+)$/.exec(name)?.[1] ?? []);
    assert.deepEqual(linked.getRows().flat(), listed);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});

const FILES: readonly [what: string, content: string, expected: object][] = [
  [
    "an extension",
    "x\0OpenSSL 3.6.0 1 Oct 2025\0CLIENT libcurl 8.17.0-DEV\0 inflate 1.3.1 Copyright 1995\0",
    { openssl: "3.6.0", curl: "8.17.0", zlib: "1.3.1" },
  ],
  ["a library without a version", "duckdb_yyjson12", { yyjson: null }],
  ["nothing", "", {}],
];
for (const [what, content, expected] of FILES)
  test(`what is in ${what}`, () => assert.deepEqual(Object.fromEntries(versionsOf(compiledIntoFile(content, "file"))), expected));
