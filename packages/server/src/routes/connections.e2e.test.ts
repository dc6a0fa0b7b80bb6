/** Connections over the API: what is answered, what is refused, and that a secret never comes back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SET } from "@touchstone/core/routes/connections";
import { openSecrets } from "../store/connections.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

const CANARY = "canary-3f9c-password";

const created = async (name: string, more: object = {}) => {
  const answer = await trial.ask("POST", "/connections", {
    body: { name, type: "postgresql", host: "db.example.org", port: 5432, username: "reader", password: CANARY, ...more },
  });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body as { id: number; name: string; password?: string };
};

test("a connection is made, read, changed and deleted; its secret is sealed and never answered", async () => {
  const { id, password } = await created("sales");
  assert.equal(password, SET);
  const rows = JSON.stringify(await trial.store.db.selectFrom("secret").selectAll().execute());
  assert.ok(!rows.includes(CANARY));
  const seen = JSON.stringify([
    await trial.ask("GET", `/connections/${id}`),
    await trial.ask("GET", "/connections?name=SAL&type=postgresql&type=s3"),
    await trial.ask("PUT", `/connections/${id}`, { body: { host: "other.example.org" } }),
  ]);
  assert.ok(!seen.includes(CANARY) && seen.includes("other.example.org"), seen);
  assert.deepEqual(await openSecrets(trial.store.db, trial.services.ring, id), { password: CANARY });
  await trial.ask("PUT", `/connections/${id}`, { body: { password: "another-one" } });
  // What was read and is sent back changes nothing.
  await trial.ask("PUT", `/connections/${id}`, { body: (await trial.ask("GET", `/connections/${id}`)).body });
  assert.deepEqual(await openSecrets(trial.store.db, trial.services.ring, id), { password: "another-one" });
  assert.equal((await trial.ask("DELETE", `/connections/${id}`)).status, 204);
  assert.equal((await trial.ask("GET", `/connections/${id}`)).status, 404);
});

test("a secret is sealed wherever it stands", async () => {
  const { id } = await created("vault", {
    password: undefined,
    parameters: { role: "reader", passphrase: CANARY },
    secrets_manager: { login_url: "https://vault.example.org", credentials_payload: `{"k":"${CANARY}"}` },
  });
  const { body } = await trial.ask("GET", `/connections/${id}`);
  const { parameters, secrets_manager, passphrase } = body as Record<string, unknown>;
  assert.deepEqual([parameters, secrets_manager, passphrase], [{ role: "reader" }, { login_url: "https://vault.example.org" }, SET]);
  const kept = JSON.stringify(await trial.store.db.selectFrom("connection").selectAll().execute());
  assert.ok(!kept.includes(CANARY));
  assert.deepEqual(Object.keys(await openSecrets(trial.store.db, trial.services.ring, id)).toSorted(), [
    "credentials_payload",
    "passphrase",
  ]);
});

test("what is refused, and how", async () => {
  const { id } = await created("taken");
  const member = await trial.user("Member");
  const cases: { name: string; ask: [string, string, object?]; status: number; code: string }[] = [
    { name: "nobody", ask: ["GET", "/connections", { as: null }], status: 401, code: "NOT_SIGNED_IN" },
    { name: "a made-up token", ask: ["GET", "/connections", { as: "a.b.c" }], status: 401, code: "NOT_SIGNED_IN" },
    { name: "a member", ask: ["GET", "/connections", { as: member.token }], status: 403, code: "NOT_ALLOWED" },
    {
      name: "a name in other capitals",
      ask: ["POST", "/connections", { body: { name: "Taken", type: "duckdb" } }],
      status: 409,
      code: "OBJECT_EXISTS",
    },
    {
      name: "an unknown kind",
      ask: ["POST", "/connections", { body: { name: "x", type: "abacus" } }],
      status: 422,
      code: "REQUEST_INVALID",
    },
    { name: "no body", ask: ["POST", "/connections"], status: 422, code: "REQUEST_INVALID" },
    { name: "no number", ask: ["GET", "/connections/seven"], status: 422, code: "REQUEST_INVALID" },
    { name: "a number too large", ask: ["GET", "/connections/99999999999999999999"], status: 422, code: "REQUEST_INVALID" },
    { name: "an unknown one", ask: ["DELETE", "/connections/999999"], status: 404, code: "OBJECT_UNKNOWN" },
    { name: "a test that nobody can make", ask: ["POST", `/connections/${id}/test`], status: 503, code: "DATAPLANE_ABSENT" },
    { name: "a test of an unknown one", ask: ["POST", "/connections/999999/test"], status: 404, code: "OBJECT_UNKNOWN" },
    { name: "a page of none", ask: ["GET", "/connections?size=0"], status: 422, code: "REQUEST_INVALID" },
  ];
  for (const { name, ask, status, code } of cases) {
    const answer = await trial.ask(...ask);
    assert.deepEqual([answer.status, (answer.body as { code: string }).code], [status, code], name);
  }
  assert.deepEqual(trial.thrown, []);
});

test("pages say how many there are", async () => {
  for (const name of ["p1", "p2", "p3"]) await created(name);
  const { body } = await trial.ask("GET", "/connections?name=p&size=2&page=2");
  const { items, ...page } = body as { items: { name: string }[] };
  assert.deepEqual([items.map(({ name }) => name), page], [["p3"], { total: 3, page: 2, size: 2, pages: 2 }]);
});

test("what was done is in the audit log, in one chain", async () => {
  const { body } = await trial.ask("GET", "/audit");
  const { items } = body as { items: { event: string; hash: string; previous_hash: string; user_email: string }[] };
  assert.ok(items.some(({ event, user_email }) => event === "connection.create" && user_email === "admin@example.org"));
  items.slice(1).forEach((entry, i) => assert.equal(entry.previous_hash, items[i]!.hash));
});
