/** A program gets a token by a person's approval in a browser, once, and in no other way. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSession } from "../auth/sessions.ts";
import { openBrowser, type Browser } from "../trial/browser.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

const BASE = "http://quality.example.org";

let trial: Trial;
let browser: Browser;
let userId: number;
before(async () => {
  trial = await openTrial({ baseUrl: BASE });
  browser = openBrowser(trial, BASE);
  ({ id: userId } = await trial.user("Member", "ada"));
  const caller = { address: "192.0.2.1", secure: false, origin: BASE, agent: "test" };
  const { setCookie } = await openSession(trial.store.db, {
    userId,
    how: "password",
    caller,
    now: new Date(),
    settings: trial.services.sessions,
  });
  const [name = "", value = ""] = setCookie.split(";")[0]!.split("=");
  browser.cookies.set(name, value);
});
after(() => trial.close());

type Begun = { device_code: string; user_code: string; verification_uri_complete: string };

const begin = async (): Promise<Begun> => {
  const { status, body } = await trial.ask("POST", "/auth/device", {
    as: null,
    body: { client_name: "touchstone on ada's laptop", days: 7 },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return body as Begun;
};
const poll = async ({ device_code }: Begun): Promise<{ status: string; token?: string }> => {
  trial.clock.aheadMs += 6000;
  return (await trial.ask("POST", "/auth/device/token", { as: null, body: { device_code } })).body as { status: string; token?: string };
};
const decide = (user_code: string, approve: boolean) => browser.go("/auth/device/approve", { json: { user_code, approve } });

test("a program waits, is seen and approved, and gets its token once", async () => {
  const begun = await begin();
  assert.match(begun.user_code, /^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
  assert.equal(begun.verification_uri_complete, `${BASE}/device?user_code=${begun.user_code}`);
  const stored = JSON.stringify(await trial.store.db.selectFrom("device_login").selectAll().execute());
  assert.ok(!stored.includes(begun.device_code) && !stored.includes(begun.user_code.replace("-", "")));
  assert.deepEqual(await poll(begun), { status: "pending" });
  const { body } = await browser.go(`/auth/device?user_code=${begun.user_code.toLowerCase().replace("-", "")}`);
  const { client_name, address, days } = body as { client_name: string; address: string; days: number };
  assert.deepEqual([client_name, address, days], ["touchstone on ada's laptop", "192.0.2.1", 7]);
  assert.equal((await decide(begun.user_code, true)).status, 204);
  const { status, token = "" } = await poll(begun);
  assert.equal(status, "approved");
  assert.deepEqual(await poll(begun), { status: "expired" }, "once");
  const { body: sessions, status: answered } = await trial.ask("GET", "/auth/sessions", { as: token });
  assert.equal(answered, 200, JSON.stringify(sessions));
  const row = await trial.store.db
    .selectFrom("token")
    .where("name", "=", "touchstone on ada's laptop")
    .select("user_id")
    .executeTakeFirst();
  assert.equal(row?.user_id, userId);
});

test("denied, late, in a hurry, decided twice, or with its person disabled", async () => {
  const denied = await begin();
  assert.equal((await decide(denied.user_code, false)).status, 204);
  assert.deepEqual(await poll(denied), { status: "denied" });
  assert.equal((await decide(denied.user_code, true)).status, 404, "a denial stays one");
  const hasty = await begin();
  await poll(hasty);
  trial.clock.aheadMs -= 6000;
  assert.deepEqual(await poll(hasty), { status: "slow_down" });
  const late = await begin();
  trial.clock.aheadMs += 601_000;
  assert.equal((await decide(late.user_code, true)).status, 404);
  assert.deepEqual(await poll(late), { status: "expired" });
  assert.deepEqual(await poll({ ...late, device_code: "made-up" }), { status: "expired" });
  const approved = await begin();
  assert.equal((await decide(approved.user_code, true)).status, 204);
  await trial.store.db.updateTable("user").set({ disabled_at: new Date() }).where("id", "=", userId).execute();
  assert.deepEqual(await poll(approved), { status: "denied" });
  await trial.store.db.updateTable("user").set({ disabled_at: null }).where("id", "=", userId).execute();
});

test("a token approves nothing, and codes cannot be guessed", async () => {
  const begun = await begin();
  const body = { user_code: begun.user_code, approve: true };
  assert.equal((await trial.ask("POST", "/auth/device/approve", { body })).status, 403);
  assert.equal((await trial.ask("POST", "/auth/device/approve", { body, as: null })).status, 401);
  const statuses = [];
  for (const code of ["AAAA", "BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", "FFFF-FFFF", begun.user_code])
    statuses.push((await decide(code, true)).status);
  assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429]);
  assert.deepEqual(await poll(begun), { status: "pending" });
  const events = JSON.stringify((await trial.ask("GET", "/audit?size=1000")).body);
  for (const event of ["device.approve", "device.deny", "token.create"]) assert.ok(events.includes(`"${event}"`), event);
  assert.ok(!events.includes(begun.user_code));
  assert.deepEqual(trial.thrown, []);
});
