/** Keys are rotated: every secret there is moves, nothing is lost half-way, and an old key goes only when nothing needs it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { sql } from "kysely";
import { UserError } from "@touchstone/core/errors";
import { readConfig } from "../config.ts";
import { readRing } from "../keys.ts";
import { insertConnection, openSecrets } from "../store/connections.ts";
import type { Store } from "../store/database.ts";
import { keepProviderSecret, openProviderSecret } from "../store/providers.ts";
import { announceReplica } from "../store/replicas.ts";
import { countByKey, rewrapAll, SEALED_PLACES } from "../store/sealed.ts";
import { trialStore } from "../trial/store.ts";
import { openInstead } from "../work/dispatch.ts";
import { keyStates, nextKeyId, rotateKeys } from "./rotation.ts";
import { newKey, readKeyRing, ringText, seal, type KeyRing } from "./seal.ts";

let store: Store;
let folder: string;
let ring: KeyRing;
let ids: { connections: number[]; provider: number; question: string };

before(async () => void (store = await trialStore()));
after(() => store.close());

/** More than one batch of connections, the strangest texts among their secrets. */
const CONNECTIONS = 40;
const secretOf = (n: number): string => `s3crét "${n}" \n 'x' 🔑`;
const REACH = { id: 1, name: "x", type: "postgresql", settings: {}, database: null, schema: null, root_path: null };

const stock = async (): Promise<void> => {
  const { db } = store;
  for (const table of ["secret", "connection", "identity_provider", "question", "replica"] as const) await db.deleteFrom(table).execute();
  ring = readKeyRing(newKey("k1"));
  const connections: number[] = [];
  for (let n = 0; n < CONNECTIONS; n++)
    connections.push(await insertConnection(db, ring, { name: `c${n}`, type: "postgresql", password: secretOf(n), passphrase: "p" }));
  const provider = await db
    .insertInto("identity_provider")
    .values({ name: "idp", kind: "oidc", settings: "{}", key_id: null, sealed: null })
    .returning("id")
    .executeTakeFirstOrThrow();
  await keepProviderSecret(db, ring, provider.id, "of the provider");
  const question = randomUUID();
  const instead = seal(ring, JSON.stringify({ ...REACH, secrets: { password: "asked" } }), `question ${question}`);
  await db
    .insertInto("question")
    .values({
      id: question,
      datastore_id: null,
      kind: "test",
      asked: "{}",
      public_key: "",
      instead_key_id: instead.keyId,
      instead_sealed: instead.sealed,
      answer: null,
      expires_at: new Date(Date.now() + 60_000),
    })
    .execute();
  ids = { connections, provider: provider.id, question };
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-keys-"));
  await stock();
  writeFileSync(join(folder, "secret-keys"), ringText(ring), { mode: 0o600 });
});
after(() => rmSync(folder, { recursive: true, force: true }));

const config = (env: Record<string, string> = {}) => readConfig({ data: folder }, env);
const rotate = async (env: Record<string, string> = {}): Promise<string[]> => {
  const told: string[] = [];
  await rotateKeys({ config: config(env), store, tell: (step) => void told.push(step.step) });
  return [...new Set(told)];
};

/** Everything opens with these keys, and says what it said. */
const assertWhole = async (keys: KeyRing): Promise<void> => {
  const { db } = store;
  for (const [n, id] of ids.connections.entries())
    assert.deepEqual(await openSecrets(db, keys, id), { password: secretOf(n), passphrase: "p" });
  assert.equal(await openProviderSecret(db, keys, ids.provider), "of the provider");
  const question = await db.selectFrom("question").where("id", "=", ids.question).selectAll().executeTakeFirstOrThrow();
  assert.equal(openInstead(keys, question)?.secrets["password"], "asked");
};

const kept = async (): Promise<KeyRing> => (await readRing(config())).ring;
const stopped = (reason: RegExp) => (thrown: unknown) =>
  thrown instanceof UserError && thrown.info.code === "KEY_ROTATION_STOPPED" && reason.test(thrown.info.why);

test("every column that is sealed is a place that a rotation knows", async () => {
  const { rows } = await sql<{ table: string; column: string }>`
    SELECT table_name AS table, column_name AS column FROM information_schema.columns AS sealed
    WHERE table_schema = current_schema() AND column_name LIKE '%sealed%'
      -- What is sealed for a dataplane has no key of the installation.
      AND EXISTS (SELECT 1 FROM information_schema.columns AS key
        WHERE key.table_schema = sealed.table_schema AND key.table_name = sealed.table_name AND key.column_name LIKE '%key\\_id')
    ORDER BY 1, 2`.execute(store.db);
  assert.deepEqual(
    rows,
    SEALED_PLACES.map(({ table, sealed }) => ({ table, column: sealed })).toSorted((a, b) => (a.table < b.table ? -1 : 1)),
  );
});

test("keys of the data folder: a new one takes over, the old one is gone, nothing is lost", async () => {
  assert.deepEqual(await rotate(), ["new key", "wrapped anew", "everything is sealed with", "old keys taken out"]);
  const keys = await kept();
  assert.deepEqual([keys.currentId, [...keys.keys.keys()]], ["k2", ["k2"]]);
  assert.deepEqual(await countByKey(store.db), new Map([["k2", 2 * CONNECTIONS + 2]]));
  await assertWhole(keys);
  assert.equal(statSync(join(folder, "secret-keys")).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ["secret-keys"]);
  const { event, object, detail } = await store.db.selectFrom("audit").orderBy("id", "desc").limit(1).selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([event, object, detail], ["key.rotate", "k2", { secrets: 2 * CONNECTIONS + 2 }]);
  assert.deepEqual(await rotate(), ["new key", "wrapped anew", "everything is sealed with", "old keys taken out"], "and once more");
  await assertWhole(await kept());
});

test("a rotation that was cut off at any step goes on with the key it has", async () => {
  const states: { name: string; reach: (both: KeyRing) => Promise<unknown> }[] = [
    { name: "the key is there, nothing is moved", reach: async () => undefined },
    {
      name: "some of it is moved",
      reach: (both) => {
        const stop = new AbortController();
        return rewrapAll(store.db, both, () => stop.abort(), stop.signal).catch(() => undefined);
      },
    },
    { name: "all of it is moved, the old key is still there", reach: (both) => rewrapAll(store.db, both, () => undefined) },
  ];
  for (const { name, reach } of states) {
    await stock();
    const both = readKeyRing(`${newKey("k2")}\n${ringText(ring)}`);
    writeFileSync(join(folder, "secret-keys"), ringText(both));
    await reach(both);
    await assertWhole(both);
    await rotate();
    const keys = await kept();
    assert.deepEqual([...keys.keys], [["k2", both.keys.get("k2")]], name);
    await assertWhole(keys);
  }
});

test("a secret that is entered while the others move is not overwritten", async () => {
  const both = readKeyRing(`${newKey("k2")}\n${ringText(ring)}`);
  let entered = false;
  await rewrapAll(store.db, both, () => void (entered = true));
  assert.ok(entered);
  const [first] = ids.connections;
  const row = await store.db
    .selectFrom("secret")
    .where("connection_id", "=", first!)
    .where("name", "=", "password")
    .selectAll()
    .executeTakeFirstOrThrow();
  const other = seal(ring, "entered meanwhile", `connection ${first} password`);
  await store.db.updateTable("secret").set({ key_id: other.keyId, sealed: other.sealed }).where("sealed", "=", row.sealed).execute();
  await rewrapAll(store.db, both, () => undefined);
  assert.equal((await openSecrets(store.db, both, first!))["password"], "entered meanwhile");
});

test("keys of a setting are not changed here: one alone is no rotation, two move the secrets and say what is not needed", async () => {
  await assert.rejects(rotate({ TOUCHSTONE_SECRET_KEYS: ringText(ring) }), stopped(/one key only/));
  const both = `${newKey("k2")} ${ringText(ring)}`;
  assert.deepEqual(await rotate({ TOUCHSTONE_SECRET_KEYS: both }), ["wrapped anew", "everything is sealed with", "old keys not needed"]);
  assert.equal(readFileSync(join(folder, "secret-keys"), "utf8"), ringText(ring), "the file is not the one in use");
  await assertWhole(readKeyRing(both.split(" ")[0]!));
});

test("replicas that run: none may be shut out, none may still seal with the old key", async () => {
  const both = readKeyRing(`${newKey("k2")}\n${ringText(ring)}`);
  const env = { TOUCHSTONE_SECRET_KEYS: ringText(both) };
  const onError = (thrown: unknown) => assert.fail(String(thrown));
  const stale = await announceReplica(store.db, ring, onError);
  await assert.rejects(rotate(env), stopped(/runs without the key k2/));
  assert.deepEqual(await countByKey(store.db), new Map([["k1", 2 * CONNECTIONS + 2]]), "nothing has moved");
  await stale.close();
  const behind = await announceReplica(store.db, readKeyRing(`${ringText(ring)}k2:${both.keys.get("k2")!.toString("base64")}`), onError);
  await assert.rejects(rotate(env), stopped(/still seals with k1/));
  await assertWhole(both);
  await behind.close();
  const ahead = await announceReplica(store.db, both, onError);
  assert.ok((await rotate(env)).includes("old keys not needed"));
  await ahead.close();
  // One that was killed says nothing more, and is forgotten.
  await announceReplica(store.db, ring, onError);
  await store.db
    .updateTable("replica")
    .set({ seen_at: sql<Date>`now() - interval '2 minutes'` })
    .execute();
  assert.ok((await rotate(env)).includes("old keys not needed"));
});

test("what does not open is named, all else moves, and the old keys stay", async () => {
  const { db } = store;
  const [broken, foreign] = ids.connections;
  await db
    .updateTable("secret")
    .set({ sealed: seal(ring, "x", "of another").sealed })
    .where("connection_id", "=", broken!)
    .where("name", "=", "password")
    .execute();
  await db.updateTable("secret").set({ key_id: "lost" }).where("connection_id", "=", foreign!).where("name", "=", "password").execute();
  await assert.rejects(
    rotate(),
    stopped(new RegExp(`2 secrets open with none .*connection ${broken} password.*connection ${foreign} password`)),
  );
  const keys = await kept();
  assert.deepEqual([...keys.keys.keys()], ["k2", "k1"]);
  assert.deepEqual(await keyStates(db, keys), [
    { id: "k2", use: "current", secrets: 2 * CONNECTIONS },
    { id: "k1", use: "old", secrets: 1 },
    { id: "lost", use: "missing", secrets: 1 },
  ]);
  // Entered again, or gone: then it is done.
  await db.deleteFrom("secret").where("key_id", "in", ["k1", "lost"]).execute();
  assert.ok((await rotate()).includes("old keys taken out"));
});

test("names of new keys", () => {
  const cases: [string[], string][] = [
    [[], "k1"],
    [["k1"], "k2"],
    [["k9", "k10", "main"], "k11"],
    [["2026-11"], "k1"],
  ];
  for (const [known, want] of cases) assert.equal(nextKeyId(known), want);
});
