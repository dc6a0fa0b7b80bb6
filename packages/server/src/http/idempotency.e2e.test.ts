/** A request that comes twice under one key is done once: after it, beside it, in another process; and what is kept of it is no secret. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { openTrial, type Trial } from "../trial/trial.ts";
import { readKey, sweepKeys } from "./idempotency.ts";
import { Unusable } from "./problem.ts";

let trial: Trial;
let replica: Trial;
before(async () => {
  trial = await openTrial();
  replica = await openTrial({ store: trial.store, tokenKey: trial.services.tokenKey });
});
after(async () => {
  await replica.close();
  await trial.close();
});

type Sent = { status: number; text: string; replayed: boolean };

const post = async (path: string, body: unknown, key: string | null, { as = trial.admin, at = trial } = {}): Promise<Sent> => {
  const headers = {
    authorization: `Bearer ${as}`,
    "content-type": "application/json",
    ...(key === null ? {} : { "idempotency-key": key }),
  };
  const answer = await at.browse("POST", path, { headers, body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text(), replayed: answer.headers.get("idempotency-replayed") === "true" };
};

const codeOf = ({ status, text }: Sent): [number, string] => [status, (JSON.parse(text) as { code: string }).code];
const count = async (table: "team" | "token" | "idempotency_key" | "connection"): Promise<number> =>
  (
    await trial.store.db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow()
  ).n;

let names = 0;
const team = () => ({ name: `team ${++names}`, permission: "Viewer", description: 'żółć "q"' });

test("sent again, it is answered as it was, and nothing more is done", async () => {
  const body = team();
  const first = await post("/teams", body, "again-1");
  const before = await count("team");
  const audited = await trial.store.db.selectFrom("audit").select("id").execute();
  assert.deepEqual([first.status, first.replayed], [201, false]);
  for (const at of [trial, replica]) assert.deepEqual(await post("/teams", body, '"again-1"', { at }), { ...first, replayed: true });
  assert.equal(await count("team"), before);
  assert.equal((await trial.store.db.selectFrom("audit").select("id").execute()).length, audited.length);
  // Another order of the members, and defaults that are written out, are the same request.
  const { name, permission, description } = body;
  assert.equal((await post("/teams", { description, permission, name }, "again-1")).replayed, true);
});

test("many at once, through two processes: one is done, all are answered the same", async () => {
  const body = team();
  const before = await count("team");
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, i) => post("/teams", body, "at-once", { at: i % 2 === 0 ? trial : replica })),
  );
  assert.equal(await count("team"), before + 1);
  assert.deepEqual(new Set(all.map(({ status, text }) => `${status} ${text}`)).size, 1);
  assert.deepEqual([all[0]!.status, all.filter(({ replayed }) => !replayed).length], [201, 1]);
});

test("another request under the key is refused; another caller's key is another key", async () => {
  const body = team();
  await post("/teams", body, "mine");
  assert.deepEqual(codeOf(await post("/teams", { ...body, permission: "Editor" }, "mine")), [422, "IDEMPOTENCY_KEY_REUSED"]);
  assert.deepEqual(codeOf(await post("/global-tags", { name: body.name }, "mine")), [422, "IDEMPOTENCY_KEY_REUSED"]);
  const other = await trial.user("Admin", "another caller");
  assert.equal((await post("/teams", team(), "mine", { as: other.token })).status, 201);
  // Whoever may not do it is not told what somebody else was answered.
  const member = await trial.user("Member", "no administrator");
  assert.deepEqual(codeOf(await post("/teams", body, "mine", { as: member.token })), [403, "NOT_ALLOWED"]);
});

test("a request that was refused leaves nothing, and may be sent again under its key", async () => {
  const taken = team();
  await post("/teams", taken, null);
  const keys = await count("idempotency_key");
  assert.deepEqual(codeOf(await post("/teams", taken, "retry")), [409, "OBJECT_EXISTS"]);
  assert.equal((await post("/teams", { ...taken, permission: "Nonsense" }, "retry")).status, 422);
  assert.equal(await count("idempotency_key"), keys);
  assert.equal((await post("/teams", team(), "retry")).status, 201);
});

test("an answer that holds a secret is not kept: the second time says what was made, and makes nothing", async () => {
  const body = { name: "for a program" };
  const first = await post("/user-tokens", body, "secret");
  const { id, token } = JSON.parse(first.text) as { id: number; token: string };
  const tokens = await count("token");
  const second = await post("/user-tokens", body, "secret");
  assert.deepEqual(codeOf(second), [409, "ANSWER_NOT_KEPT"]);
  assert.ok(second.text.includes(`the id ${id};`));
  assert.equal(await count("token"), tokens);
  const connection = { name: "with a password", type: "postgresql", host: "h", username: "u", password: "pässwörd-canary" };
  const made = await post("/connections", connection, "connection");
  assert.equal((await post("/connections", connection, "connection")).text, made.text);
  assert.deepEqual(codeOf(await post("/connections", { ...connection, password: "another" }, "connection")), [
    422,
    "IDEMPOTENCY_KEY_REUSED",
  ]);
  const kept = JSON.stringify(await trial.store.db.selectFrom("idempotency_key").selectAll().execute());
  for (const secret of [token, "pässwörd-canary", "secret"]) assert.ok(!kept.includes(`"${secret}"`) && !kept.includes(token), secret);
});

test("a key is forgotten when its time is over", async () => {
  const first = await post("/teams", team(), "short");
  const over = () =>
    trial.store.db
      .updateTable("idempotency_key")
      .set({ expires_at: sql<Date>`now() - interval '1 second'` })
      .execute();
  const left = await trial.store.db
    .selectFrom("idempotency_key")
    .select(sql<number>`max(extract(epoch FROM expires_at - now()))::int`.as("s"))
    .executeTakeFirstOrThrow();
  assert.ok(left.s > 23 * 3600 && left.s <= 24 * 3600);
  await over();
  const second = await post("/teams", team(), "short");
  assert.deepEqual([second.status, second.replayed, second.text === first.text], [201, false, false]);
  await over();
  await sweepKeys(trial.store.db);
  assert.equal(await count("idempotency_key"), 0);
});

test("where nothing is made a key means nothing", async () => {
  const headers = { authorization: `Bearer ${trial.admin}`, "idempotency-key": "read" };
  for (const _ of [1, 2]) assert.equal((await trial.browse("GET", "/teams", { headers })).headers.has("idempotency-replayed"), false);
  assert.equal(await count("idempotency_key"), 0);
});

test("keys as clients write them", async () => {
  const cases: [string, string][] = [
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', "8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ["8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"],
    [' "a b\\"c\\\\" ', 'a b"c\\'],
    ["x".repeat(255), "x".repeat(255)],
  ];
  for (const [header, want] of cases) assert.equal(readKey(header), want);
  for (const header of ["", '""', '"open', "two words", "ключ", '"tab\t"', "x".repeat(256)])
    assert.throws(() => readKey(header), Unusable, header);
  const refused = await post("/teams", team(), "two words");
  assert.equal(refused.status, 422);
  assert.deepEqual((JSON.parse(refused.text) as { detail: { loc: string[] }[] }).detail[0]?.loc, ["header", "idempotency-key"]);
});
