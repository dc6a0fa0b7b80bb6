/** Sign-in of browsers: sessions and their end, lock-out, and what other sites' pages cannot do. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { API } from "@touchstone/core/routes/index";
import { hashPassword } from "../auth/passwords.ts";
import { openSession } from "../auth/sessions.ts";
import { digest } from "../auth/tokens.ts";
import { writeSetting } from "../store/settings.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

const PASSWORD = "correct horse battery";
const MINUTE_MS = 60_000;

let trial: Trial;
let passwordHash: string;
before(async () => {
  trial = await openTrial();
  passwordHash = await hashPassword(PASSWORD);
});
after(() => trial.close());

const person = async (name: string, role: "Member" | "Admin" = "Member"): Promise<{ id: number; email: string }> => {
  const { id } = await trial.user(role, name);
  await trial.store.db.updateTable("user").set({ password_hash: passwordHash }).where("id", "=", id).execute();
  return { id, email: `${name}@example.org` };
};

type Browser = { cookie?: string; csrf?: boolean; from?: string; headers?: Record<string, string> };

/** What a browser sends from a page of this installation. */
const browse = async (method: string, path: string, body: unknown, { cookie, csrf = true, from, headers = {} }: Browser = {}) => {
  const response = await trial.browse(method, path, {
    headers: {
      host: "touchstone.example.org",
      "content-type": "application/json",
      ...(cookie === undefined ? {} : { cookie }),
      ...(csrf ? { "x-touchstone-request": "1" } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(from === undefined ? {} : { from }),
  });
  const text = await response.text();
  const answer: unknown = text === "" ? null : JSON.parse(text);
  return { status: response.status, body: answer, setCookie: response.headers.get("set-cookie") };
};

const login = (email: string, password = PASSWORD, browser: Browser = {}) => browse("POST", "/auth/login", { email, password }, browser);
const codeOf = (body: unknown): unknown => (body !== null && typeof body === "object" && "code" in body ? body.code : null);
const cookieOf = (answer: { setCookie: string | null }): string => answer.setCookie?.split(";")[0] ?? "";
/** A session without the third of a second that deriving a password takes. */
const signedIn = async (userId: number): Promise<string> => {
  const caller = { address: "192.0.2.1", secure: false, origin: "", agent: "test" };
  const { now, sessions: settings } = trial.services;
  const { setCookie } = await openSession(trial.store.db, { userId, how: "password", caller, now: now(), settings });
  return setCookie.split(";")[0]!;
};
const statusOf = async (cookie: string): Promise<number> => (await browse("GET", "/auth/sessions", undefined, { cookie })).status;

test("a person signs in, is known by the cookie, and signs out", async () => {
  const { id, email } = await person("ada");
  const answer = await login(email.toUpperCase());
  assert.deepEqual([answer.status, API.auth.login.output.parse(answer.body).user], [200, { id, email, name: "ada", role: "Member" }]);
  assert.match(answer.setCookie ?? "", /^touchstone_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400$/);
  const cookie = cookieOf(answer);
  assert.equal(await statusOf(cookie), 200);
  const stored = JSON.stringify(await trial.store.db.selectFrom("session").selectAll().execute());
  assert.ok(!stored.includes(cookie.split("=")[1]!), "the store has only the digest");
  const out = await browse("POST", "/auth/logout", undefined, { cookie });
  assert.deepEqual([out.status, out.setCookie], [204, "touchstone_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"]);
  assert.equal(await statusOf(cookie), 401);
});

test("behind https the cookie is secure, and no other host can set it", async () => {
  const { email } = await person("grace");
  const secure = await openTrial({ baseUrl: "https://quality.example.org" });
  try {
    await secure.store.db
      .insertInto("user")
      .values({ email, name: "g", role: "Member", kind: "person", password_hash: passwordHash })
      .execute();
    const ask = (headers: Record<string, string>, method = "POST", path = "/auth/login") =>
      secure.browse(method, path, { headers, ...(method === "POST" ? { body: JSON.stringify({ email, password: PASSWORD }) } : {}) });
    const answer = await ask({ origin: "https://quality.example.org" });
    const cookie = answer.headers.get("set-cookie") ?? "";
    assert.match(cookie, /^__Host-touchstone_session=.*; Secure$/);
    assert.equal(answer.headers.get("strict-transport-security"), "max-age=15768000");
    const value = cookie.split(";")[0]!;
    assert.equal((await ask({ cookie: value }, "GET", "/auth/sessions")).status, 200);
    assert.equal((await ask({ cookie: value.replace("__Host-", "") }, "GET", "/auth/sessions")).status, 401);
  } finally {
    await secure.close();
  }
});

test("a session ends when it is not used, after a day, when it is ended, and with its user", async () => {
  const { id: busyId } = await person("edsger");
  const idle = await signedIn(busyId);
  trial.clock.aheadMs = 119 * MINUTE_MS;
  assert.equal(await statusOf(idle), 200, "a use within two hours");
  trial.clock.aheadMs += 119 * MINUTE_MS;
  assert.equal(await statusOf(idle), 200, "counts anew from the last one");
  trial.clock.aheadMs += 121 * MINUTE_MS;
  assert.equal(await statusOf(idle), 401, "more than two hours of silence");

  const busy = await signedIn(busyId);
  for (let hour = 1; hour < 24; hour++) {
    trial.clock.aheadMs += 60 * MINUTE_MS;
    assert.equal(await statusOf(busy), 200, `hour ${hour}`);
  }
  trial.clock.aheadMs += 61 * MINUTE_MS;
  assert.equal(await statusOf(busy), 401, "a day has passed");
  trial.clock.aheadMs = 0;

  const { id, email } = await person("niklaus");
  const [first, second] = [await signedIn(id), await signedIn(id)];
  const { body } = await browse("GET", "/auth/sessions", undefined, { cookie: first });
  const other = API.auth.sessions.output.parse(body).items.find(({ current }) => !current);
  assert.equal(other?.how, "password");
  const stranger = await signedIn((await person("eve")).id);
  assert.equal((await browse("DELETE", `/auth/sessions/${other!.id}`, undefined, { cookie: stranger })).status, 404);
  assert.equal((await browse("GET", `/auth/sessions?user=${id}`, undefined, { cookie: stranger })).status, 403);
  assert.equal((await browse("DELETE", `/auth/sessions/${other!.id}`, undefined, { cookie: first })).status, 204);
  assert.deepEqual([await statusOf(first), await statusOf(second)], [200, 401]);
  await trial.store.db.updateTable("user").set({ disabled_at: new Date() }).where("id", "=", id).execute();
  assert.equal(await statusOf(first), 401);
  assert.equal(codeOf((await login(email)).body), "SIGN_IN_FAILED");
});

test("a password is changed by who knows it, in a session, and ends the other sessions", async () => {
  const { id, email } = await person("barbara");
  const [here, elsewhere] = [await signedIn(id), await signedIn(id)];
  const change = (current_password: string, browser: Browser) =>
    browse("PUT", "/auth/password", { current_password, new_password: "another long one" }, browser);
  assert.equal(codeOf((await change("wrong", { cookie: here })).body), "SIGN_IN_FAILED");
  const { token } = await trial.user("Member", "token holder");
  assert.equal(codeOf((await change(PASSWORD, { headers: { authorization: `Bearer ${token}` } })).body), "NOT_ALLOWED");
  assert.equal((await change(PASSWORD, { cookie: here })).status, 204);
  assert.deepEqual([await statusOf(here), await statusOf(elsewhere)], [200, 401]);
  assert.equal((await login(email)).status, 401);
  assert.equal((await login(email, "another long one")).status, 200);
});

test("a password that an administrator sets, and being kept out, end every session, for good", async () => {
  const { id } = await person("tony");
  const bystander = await signedIn((await person("john")).id);
  const change = async (changes: object): Promise<void> =>
    assert.equal((await trial.ask("PUT", `/users/${id}`, { body: changes })).status, 200);
  for (const changes of [{ password: "a new long password" }, { disabled: true }]) {
    const [first, second] = [await signedIn(id), await signedIn(id)];
    await change({ name: "Tony" });
    assert.deepEqual([await statusOf(first), await statusOf(second)], [200, 200], "another name ends nothing");
    await change(changes);
    await change({ disabled: false });
    assert.deepEqual([await statusOf(first), await statusOf(second)], [401, 401], JSON.stringify(changes));
  }
  assert.equal(await statusOf(bystander), 200);
  // A program that waits with their approval is not let in any more.
  const { device_code, user_code } = await trial.got(API.device.begin, "/auth/device", { body: { client_name: "cli" }, as: null });
  const cookie = await signedIn(id);
  assert.ok((await browse("POST", "/auth/device/approve", { user_code, approve: true }, { cookie })).status < 300);
  await change({ password: "another long password" });
  const answer = await trial.got(API.device.poll, "/auth/device/token", { body: { device_code }, as: null });
  assert.equal(answer.status, "expired");
  // Who sets their own stays where they are.
  const admin = await person("an administrator", "Admin");
  const [own, other] = [await signedIn(admin.id), await signedIn(admin.id)];
  assert.equal((await browse("PUT", `/users/${admin.id}`, { password: "a new long password" }, { cookie: own })).status, 200);
  assert.deepEqual([await statusOf(own), await statusOf(other)], [200, 401]);
});

test("an account is locked after five mistakes, for longer each time, whether it exists or not", async () => {
  const { email } = await person("alan");
  const cases = [email, "nobody@example.org"];
  const seen = [];
  for (const [i, address] of cases.entries()) {
    trial.clock.aheadMs = 0;
    const from = `198.51.100.${i}`;
    const statuses: number[] = [];
    const bodies: unknown[] = [];
    const attempt = async () => {
      const answer = await login(address, "wrong", { from });
      statuses.push(answer.status);
      bodies.push(answer.body);
    };
    // Three mistakes made before spare this test their derivations.
    const key = `account ${digest(address)}`;
    await trial.store.db.insertInto("attempt").values({ key, attempts: 3, last_at: trial.services.now() }).execute();
    for (let n = 0; n < 3; n++) await attempt();
    trial.clock.aheadMs = 31_000;
    for (let n = 0; n < 2; n++) await attempt();
    trial.clock.aheadMs += 31_000;
    await attempt();
    seen.push(bodies);
    assert.deepEqual(statuses, [401, 401, 429, 401, 429, 429], address);
  }
  assert.deepEqual(seen[0]!.map(timeless), seen[1]!.map(timeless));
  assert.equal((await login(email, PASSWORD, { from: "198.51.100.77" })).status, 429, "the right password too, from anywhere");
  trial.clock.aheadMs += 60_000;
  assert.equal((await login(email, PASSWORD)).status, 200);
  assert.equal((await login(email, "wrong")).status, 401, "and the count begins anew");
  trial.clock.aheadMs = 0;
});

test("an address is locked that tries many accounts, and a header does not make it another", async () => {
  await trial.store.db
    .insertInto("attempt")
    .values({ key: "address 2001:db8:1:2::/64", attempts: 28, last_at: trial.services.now() })
    .execute();
  const statuses = [];
  for (let n = 0; n < 3; n++) {
    const headers = { "x-forwarded-for": `10.0.0.${n}` };
    statuses.push((await login(`someone${n}@example.org`, "wrong", { from: "2001:db8:1:2::1", headers })).status);
  }
  assert.deepEqual(statuses, [401, 401, 429]);
  const { email } = await person("kurt");
  assert.equal((await login(email, PASSWORD, { from: "2001:db8:1:2:ffff::9" })).status, 429, "its neighbours of the same owner too");
  assert.equal((await login(email, PASSWORD, { from: "2001:db8:1:3::1" })).status, 200);
});

test("pages of other sites can neither sign in nor change anything; tokens need no more than themselves", async () => {
  const { id, email } = await person("mallory");
  const cookie = await signedIn(id);
  const { token } = await trial.user("Member", "program");
  const own = "http://touchstone.example.org";
  const cases: { name: string; browser: Browser; login: number; logout: number }[] = [
    { name: "our page", browser: { headers: { origin: own, "sec-fetch-site": "same-origin" } }, login: 200, logout: 204 },
    { name: "another site", browser: { headers: { origin: "https://evil.example" } }, login: 403, logout: 403 },
    { name: "another port", browser: { headers: { origin: `${own}:81` } }, login: 403, logout: 403 },
    { name: "a sandboxed frame", browser: { headers: { origin: "null" } }, login: 403, logout: 403 },
    { name: "a sister host", browser: { headers: { "sec-fetch-site": "same-site" } }, login: 403, logout: 403 },
    { name: "a form, which has no header", browser: { csrf: false, headers: { origin: own } }, login: 200, logout: 403 },
    { name: "no browser", browser: {}, login: 200, logout: 204 },
  ];
  for (const { name, browser, ...expected } of cases) {
    const { status } = await login(email, PASSWORD, browser);
    const out = await browse("POST", "/auth/logout", undefined, { cookie: await signedIn(id), ...browser });
    assert.deepEqual({ login: status, logout: out.status }, expected, name);
    const read = await browse("GET", "/auth/sessions", undefined, { cookie, ...browser });
    assert.equal(read.status, 200, `${name}: reading changes nothing`);
    const headers = { ...browser.headers, authorization: `Bearer ${token}` };
    const create = await browse("DELETE", "/auth/sessions/999999", undefined, { ...browser, headers });
    assert.equal(create.status, 404, `${name}, with a token`);
  }
});

test("sign-ins, failures, locks and ends are in the audit log, without what was typed", async () => {
  const { items } = await trial.got(API.system.audit, "/audit?size=10000");
  const events = new Set(items.map(({ event }) => event));
  for (const event of ["session.create", "session.refuse", "session.lock", "session.end", "session.revoke", "password.change"])
    assert.ok(events.has(event), event);
  const text = JSON.stringify(items);
  assert.ok(
    !text.includes("nobody@example.org") && !text.includes(PASSWORD) && !text.includes("wrong"),
    "only addresses that somebody has",
  );
  assert.ok(items.some(({ event, object }) => event === "session.lock" && object === "alan@example.org"));
  assert.deepEqual((await trial.ask("GET", "/audit/verify")).body, {
    whole: true,
    entries: items.length,
    head: items.at(-1)!.hash,
    first_break: null,
  });
  assert.deepEqual(trial.thrown, []);
});

/** An answer without how long to wait and which request it was: two accounts are tried one after the other. */
const timeless = (body: unknown): string =>
  JSON.stringify(body)
    .replace(/\d+ seconds/, "n seconds")
    .replace(/"retry_after_seconds":\d+/, "")
    .replace(/"request_id":"[^"]*"/, "");

test("the set-up code can be guessed a few times a minute", async () => {
  await writeSetting(trial.store.db, "setup_code_hash", digest("RIGHT"));
  const guess = async (code: string) =>
    (await trial.ask("POST", "/setup", { as: null, body: { code, email: "first@example.org", name: "First", password: PASSWORD } })).status;
  const statuses = [];
  for (const code of ["A", "B", "C", "D", "E", "RIGHT"]) statuses.push(await guess(code));
  assert.deepEqual(statuses, [403, 403, 403, 403, 403, 429]);
  trial.clock.aheadMs = 61_000;
  assert.equal(await guess("RIGHT"), 201);
  assert.equal(await guess("RIGHT"), 409);
  assert.equal((await login("first@example.org")).status, 200, "its password is that of the sign-in");
  trial.clock.aheadMs = 0;
});
