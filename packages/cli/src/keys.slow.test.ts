/** `touchstone keys` as whole processes: killed at every step over both kinds of store, and kept out where somebody else is. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { serverBinaries, startServer } from "@touchstone/engine/enrichment/postgres-ground";
import { newKey, readKeyRing, type KeyRing } from "@touchstone/server/auth/seal";
import { readConfig } from "@touchstone/server/config";
import { readRing } from "@touchstone/server/keys";
import { insertConnection, openSecrets } from "@touchstone/server/store/connections";
import { migrate, openStore, type Store } from "@touchstone/server/store/database";
import { countByKey } from "@touchstone/server/store/sealed";
import { layStore } from "@touchstone/server/trial/store";
import { newGround, spawnTouchstone } from "./terminal-ground.ts";

const ground = newGround();
after(ground.remove);

/** Twenty batches: a kill falls between two of them, or into one. */
const SECRETS = 1000;
const secretOf = (n: number): string => `secret ${n}`;

/** Where one is run: its words, its environment, its store. */
type Place = { words: string[]; env: Record<string, string>; open: () => Promise<Store>; ring: () => Promise<KeyRing> };

const withStore = async <T>({ open }: Place, work: (store: Store) => Promise<T>): Promise<T> => {
  const store = await open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

const fill = (place: Place): Promise<void> =>
  withStore(place, async ({ db }) => {
    await migrate(db);
    const ring = await place.ring();
    await db.transaction().execute(async (tx) => {
      for (let n = 0; n < SECRETS; n++) await insertConnection(tx, ring, { name: `c${n}`, type: "postgresql", password: secretOf(n) });
    });
  });

const assertWhole = (place: Place): Promise<Map<string, number>> =>
  withStore(place, async ({ db }) => {
    const ring = await place.ring();
    const connections = await db.selectFrom("connection").select(["id", "name"]).execute();
    assert.equal(connections.length, SECRETS);
    for (const { id, name } of connections)
      assert.deepEqual(await openSecrets(db, ring, id), { password: secretOf(Number(name.slice(1))) });
    return countByKey(db);
  });

/** Kills the command when it has written a line; it may get some way beyond it. */
const killedAt = async ({ words, env }: Place, line: RegExp): Promise<NodeJS.Signals | null> => {
  const { child, ended } = spawnTouchstone(["keys", "rotate", ...words], { env });
  let written = "";
  child.stdout?.on("data", (text: string) => {
    written += text;
    if (line.test(written)) child.kill("SIGKILL");
  });
  return (await ended).signal;
};

const batches = (count: number): RegExp => new RegExp(`(wrapped anew[^]*){${count}}`);
const STEPS = [batches(1), batches(5), batches(10), /everything is sealed with/];

const killTests = async (place: Place, steps: readonly RegExp[]): Promise<void> => {
  await fill(place);
  for (const step of steps) {
    await killedAt(place, step);
    await assertWhole(place);
  }
  const { status, out, err } = await spawnTouchstone(["keys", "rotate", ...place.words], { env: place.env }).ended;
  assert.equal(status, 0, err + out);
  const counts = await assertWhole(place);
  assert.equal(counts.size, 1, "everything is under one key");
  assert.equal([...counts.keys()][0], (await place.ring()).currentId);
};

test("killed at every step over an embedded store: nothing is lost, and the next run goes on", async () => {
  const data = ground.path("data");
  await layStore(data);
  const config = readConfig({ data }, {});
  const place: Place = {
    words: ["--data", data],
    env: {},
    open: () => openStore({ url: null, folder: data }),
    ring: async () => (await readRing(config)).ring,
  };
  await killTests(place, [/the new key/, ...STEPS]);
  assert.equal((await place.ring()).keys.size, 1, "the old key is gone");
  const status = await spawnTouchstone(["keys", "status", "--data", data]).ended;
  assert.match(status.out, /^k\d+ {2}current {2}1,000 secrets\n$/);
});

test("while a control plane has the data folder, its keys stay as they are", async () => {
  const data = ground.path("busy");
  await layStore(data);
  const running = spawnTouchstone(["start", "--data", data, "--port", "0", "--no-dataplane"]);
  await new Promise<void>((resolve) => running.child.stdout?.on("data", (text: string) => text.includes("answers at") && resolve()));
  const before = (await readRing(readConfig({ data }, {}))).ring;
  for (const action of ["rotate", "status"]) {
    const { status, err } = await spawnTouchstone(["keys", action, "--data", data]).ended;
    assert.equal(status, 2);
    assert.match(err, /STORE_LOCKED/);
  }
  assert.deepEqual((await readRing(readConfig({ data }, {}))).ring, before);
  running.child.kill("SIGTERM");
  await running.ended;
});

const binaries = serverBinaries();

test("over a store on a server", { skip: binaries === null ? "no Postgres server on this machine" : false }, async (t) => {
  const server = await startServer(binaries!);
  t.after(() => server.stop());
  const url = server.url();
  const old = newKey("k1");
  const keys = `${newKey("k2")},${old}`;
  const env = { DATABASE_URL: url, TOUCHSTONE_SECRET_KEYS: keys, TOUCHSTONE_TOKEN_KEY: Buffer.alloc(32, 7).toString("base64") };
  const open = () => openStore({ url, folder: "" });
  await fill({ words: [], env, open, ring: async () => readKeyRing(old) });
  const place: Place = { words: [], env, open, ring: async () => readKeyRing(keys) };

  // A replica with the old key alone is not shut out.
  const start = (secretKeys: string) => {
    const running = spawnTouchstone(["start", "--port", "0", "--no-dataplane"], { env: { ...env, TOUCHSTONE_SECRET_KEYS: secretKeys } });
    const ready = new Promise<void>((resolve) =>
      running.child.stdout?.on("data", (text: string) => text.includes("answers at") && resolve()),
    );
    return { ...running, ready };
  };
  const stale = start(old);
  await stale.ready;
  const refused = await spawnTouchstone(["keys", "rotate"], { env }).ended;
  assert.match(refused.err, /KEY_ROTATION_STOPPED.*\n.*runs without the key k2/);
  assert.deepEqual(await assertWhole(place), new Map([["k1", SECRETS]]));
  stale.child.kill("SIGTERM");
  await stale.ended;

  // With one that reads both, it goes on while that one runs.
  const running = start(keys);
  await running.ready;
  for (const step of STEPS) {
    await killedAt(place, step);
    await assertWhole(place);
  }
  const done = await spawnTouchstone(["keys", "rotate"], { env }).ended;
  assert.equal(done.status, 0, done.err);
  assert.match(done.out, /nothing in the store needs k1 any more/);
  assert.deepEqual(await assertWhole({ ...place, ring: async () => readKeyRing(keys.split(",")[0]!) }), new Map([["k2", SECRETS]]));
  running.child.kill("SIGTERM");
  await running.ended;
});
