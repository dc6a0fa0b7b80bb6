/** Real installations, each broken in one way: the doctor must say which, and nothing else. */
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { newKey, readKeyRing } from "@touchstone/server/auth/seal";
import { readConfig } from "@touchstone/server/config";
import { start } from "@touchstone/server/start";
import { insertConnection } from "@touchstone/server/store/connections";
import { openStore, type Database } from "@touchstone/server/store/database";
import { layStore } from "@touchstone/server/trial/store";
import { withDataFolder } from "../data-folder.ts";
import { touchstone } from "../terminal-ground.ts";
import { lookAtControlPlane } from "./look.ts";

let root: string;
let whole: string;
let port: string;

const freePort = (): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(String(free)));
    });
  });

before(async () => {
  root = mkdtempSync(join(tmpdir(), "touchstone-doctor-"));
  whole = join(root, "whole");
  port = await freePort();
  await layStore(whole);
  const config = readConfig({ port, data: whole, log_level: "silent" }, {});
  await (await start({ config, version: "0.1.0" })).stop();
});
after(() => rmSync(root, { recursive: true, force: true }));

/** What is said about an installation, problems or notes, as `subject: found`. */
const said = async (state: "problem" | "note", data: string, env: Record<string, string> = {}, others: Record<string, string> = {}) =>
  (await lookAtControlPlane({ data, port, ...others }, env))
    .filter((finding) => finding.state === state)
    .map(({ subject, found, todo }) => {
      assert.notEqual(todo ?? "", "", `${found}: and what now?`);
      return `${subject}: ${found}`;
    });

let copies = 0;
const copy = (): string => {
  const folder = join(root, `copy ${++copies}`);
  cpSync(whole, folder, { recursive: true });
  return folder;
};

const inStore = async (folder: string, work: (db: Database) => Promise<unknown>): Promise<void> => {
  const store = await openStore({ url: null, folder });
  await work(store.db);
  await store.close();
};

const addOperation = async (db: Database, job_id: string): Promise<void> => {
  const connection_id = await insertConnection(db, readKeyRing(newKey("other")), { name: "shop", type: "postgresql", password: "x" });
  const { id } = await db
    .insertInto("datastore")
    .values({
      name: "sales",
      connection_id,
      database: "d",
      schema: "s",
      root_path: null,
      enrichment_id: null,
      enrichment_prefix: null,
      dataplane: "gone",
      additional_metadata: "{}",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db.insertInto("operation").values({ type: "scan", datastore_id: id, request: "{}", result: "running", job_id }).execute();
};

const CASES: readonly {
  name: string;
  breakIt?: (folder: string) => void | Promise<void>;
  env?: (folder: string) => Record<string, string>;
  problems: readonly RegExp[];
}[] = [
  { name: "nothing", problems: [] },
  {
    name: "a key that others may read",
    breakIt: (folder) => chmodSync(join(folder, "secret-keys"), 0o644),
    problems: [/keys: .*secret-keys may be read by others \(644\)/],
  },
  { name: "a key that is lost", breakIt: (folder) => rmSync(join(folder, "token-key")), problems: [/keys: .*token-key: it is not there/] },
  {
    name: "a key that is none",
    breakIt: (folder) => writeFileSync(join(folder, "secret-keys"), "k1:abc"),
    problems: [/keys: .*secret-keys holds no such key/],
  },
  { name: "a store cut off", breakIt: (folder) => truncateSync(join(folder, "store", "global", "pg_control"), 10), problems: [/store: /] },
  {
    name: "settings that are none",
    env: () => ({ TOUCHSTONE_SESSION_HOURS: "soon", TOUCHSTONE_BASE_URL: "https://example.org/path" }),
    problems: [/settings: TOUCHSTONE_BASE_URL is not usable: it has no path/, /settings: TOUCHSTONE_SESSION_HOURS is not usable/],
  },
  {
    name: "a server that is not there, and no keys for it",
    env: () => ({ DATABASE_URL: "postgres://nobody:hidden@127.0.0.1:1/none" }),
    problems: [
      /keys: TOUCHSTONE_SECRET_KEYS is not set/,
      /keys: TOUCHSTONE_TOKEN_KEY is not set/,
      /store: The metadata store at 127.0.0.1:1\/none cannot be used/,
    ],
  },
  {
    name: "a secret of another key, work that is lost, a dataplane that is gone and one that is too new",
    breakIt: (folder) =>
      inStore(folder, async (db) => {
        await addOperation(db, "00000000-0000-4000-8000-000000000000");
        const capabilities = JSON.stringify({ protocol: 99 });
        await db.insertInto("dataplane").values({ name: "far", token_hash: "x", version: "9.0.0", capabilities }).execute();
      }),
    problems: [
      /queue: operation 1 \(scan of sales\) is under way, and nothing in the queue stands for it/,
      /dataplanes: far, version 9.0.0, never heard of, speaks the protocol 99/,
      /dataplanes: the datastore sales is pinned to gone, which is not there/,
      /secrets: the password of the connection shop does not open/,
    ],
  },
  {
    name: "a schema of a later version",
    breakIt: (folder) =>
      inStore(folder, async (db) => {
        const { sql } = await import("kysely");
        await sql`INSERT INTO kysely_migration (name, timestamp) VALUES ('0999-later', 'now')`.execute(db);
      }),
    problems: [/store: its schema is of a newer version \(0999-later\)/],
  },
];

for (const { name, breakIt, env, problems } of CASES)
  test(`stopped, and broken by ${name}`, async () => {
    const folder = copy();
    await breakIt?.(folder);
    const found = await said("problem", folder, env?.(folder));
    assert.equal(found.length, problems.length, found.join("\n"));
    problems.forEach((problem, index) => assert.match(found[index] ?? "", problem));
    assert.ok(!found.join().includes("hidden"));
  });

test("a folder that is not there is no problem, and is not made", async () => {
  const folder = join(root, "nowhere");
  assert.deepEqual(await said("problem", folder), []);
  assert.match((await said("note", folder)).join("\n"), /nowhere is not there yet/);
  assert.throws(() => chmodSync(folder, 0o700), /ENOENT/);
});

test("a file where the folder should be", async () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  assert.match((await said("problem", file)).join("\n"), /data folder: .*file is a file/);
});

test("a name that is almost a setting", async () => {
  assert.match((await said("note", whole, { TOUCHSTONE_PROT: "9000" })).join("\n"), /settings: TOUCHSTONE_PROT is set, and is no setting/);
});

test("something else at the port, and an address that is not this machine's", async () => {
  const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const taken = String((server.address() as AddressInfo).port);
  assert.match((await said("problem", whole, {}, { port: taken })).join("\n"), /port: .* something else listens there/);
  server.close();
  assert.match((await said("problem", whole, {}, { host: "203.0.113.7" })).join("\n"), /port: .* this machine has no such address/);
});

test("running: it is asked how it is, and its store is left alone", async () => {
  const folder = copy();
  const own = await freePort();
  const config = readConfig({ port: own, data: folder, log_level: "silent" }, {});
  await withDataFolder(config, async () => {
    const started = await start({ config, version: "0.1.0" });
    try {
      assert.deepEqual(await said("problem", folder, {}, { port: own }), []);
      const other = await said("problem", folder, {}, { port: await freePort() });
      assert.match(other.join("\n"), /store: a process has it, and no control plane answers at this port/);
      const nowhere = `http://127.0.0.1:${await freePort()}`;
      const astray = await said("problem", folder, { TOUCHSTONE_BASE_URL: nowhere }, { port: own });
      assert.match(astray.join("\n"), /base URL: http:\/\/127.0.0.1:\d+: nothing listens there/);
    } finally {
      await started.stop();
    }
  });
});

test("the command says all of it, in words and as JSON, and its exit status tells", async () => {
  const folder = copy();
  const words = ["doctor", "--data", folder, "--port", port];
  const healthy = await touchstone(words);
  assert.equal(healthy.status, 0, healthy.out);
  assert.match(healthy.out, /engine .*DuckDB v1/);
  rmSync(join(folder, "secret-keys"));
  mkdirSync(join(folder, "secret-keys"));
  const broken = await touchstone(words);
  assert.equal(broken.status, 1);
  assert.match(broken.out, /problem {2}keys .*it is a folder\n\s+needs: .*\n\s+do: /);
  const { problems } = JSON.parse((await touchstone([...words, "--json"])).out);
  assert.equal(problems, 1);
});
