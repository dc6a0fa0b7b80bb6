/** The page on which a program is approved, read as a browser without scripts reads it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hashPassword } from "../auth/passwords.ts";
import { CLIENT, openIssuer, type Issuer } from "../trial/issuer.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

const BASE = "https://quality.example.org";
const PASSWORD = "correct horse battery";

let trial: Trial;
let issuer: Issuer;
before(async () => {
  issuer = await openIssuer();
  trial = await openTrial({ baseUrl: BASE, outboundAllow: ["127.0.0.1"] });
  const password_hash = await hashPassword(PASSWORD);
  for (const name of ["ada", "grace"]) {
    const { id } = await trial.user("Member", name);
    await trial.store.db.updateTable("user").set({ password_hash }).where("id", "=", id).execute();
  }
});
after(async () => {
  await issuer.close();
  await trial.close();
});

type Page = { status: number; text: string; headers: Headers };
type Sent = { cookie?: string; form?: Record<string, string>; headers?: Record<string, string> };

const visit = async (path: string, { cookie = "", form, headers = { origin: BASE } }: Sent = {}): Promise<Page> => {
  const response = await trial.visit(form === undefined ? "GET" : "POST", path, {
    headers: { cookie, ...headers, "content-type": "application/x-www-form-urlencoded" },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

type Begun = { device_code: string; user_code: string };
const begin = async (client_name = "touchstone on ada's laptop"): Promise<Begun> =>
  (await trial.ask("POST", "/auth/device", { as: null, body: { client_name, days: 7 } })).body as Begun;
const statusOf = async ({ device_code }: Begun): Promise<string> => {
  trial.clock.aheadMs += 6000;
  return ((await trial.ask("POST", "/auth/device/token", { as: null, body: { device_code } })).body as { status: string }).status;
};
const cookieOf = ({ headers }: Page): string => headers.get("set-cookie")?.split(";")[0] ?? "";
const signIn = (email: string, user_code = "", password = PASSWORD, headers = { origin: BASE }) =>
  visit("/device/sign-in", { form: { email, password, user_code }, headers });
const events = async (event: string): Promise<number> => {
  const { n } = await trial.store.db
    .selectFrom("audit")
    .where("event", "=", event)
    .select((of) => of.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  return Number(n);
};

test("from the printed address through a sign-in to an approval, and the program has its token", async () => {
  const begun = await begin();
  const first = await visit(`/device?user_code=${begun.user_code}`);
  assert.equal(first.status, 200);
  assert.match(first.text, /<form method="post" action="\/device\/sign-in">/);
  assert.match(first.text, new RegExp(`name="user_code" value="${begun.user_code}"`));
  assert.doesNotMatch(first.text, /laptop/, "who is not signed in does not see what asks");
  const entered = await signIn("Ada@example.org", begun.user_code);
  assert.deepEqual([entered.status, entered.headers.get("location")], [303, `/device?user_code=${begun.user_code}`]);
  assert.match(entered.headers.get("set-cookie") ?? "", /^__Host-touchstone_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; .*Secure/);
  const cookie = cookieOf(entered);
  const asked = await visit(`/device?user_code=${begun.user_code}`, { cookie });
  assert.equal(asked.status, 200);
  for (const shown of ["touchstone on ada&#39;s laptop", begun.user_code, "192.0.2.1", "for 7 days", "ada@example.org", "role Member"])
    assert.ok(asked.text.includes(shown), `${shown} in ${asked.text}`);
  assert.equal(await statusOf(begun), "pending", "looking approves nothing");
  const done = await visit("/device", { cookie, form: { user_code: begun.user_code, decision: "approve" } });
  assert.deepEqual([done.status, /<h1>Approved<\/h1>/.test(done.text)], [200, true]);
  assert.equal(await statusOf(begun), "approved");
  assert.equal(await events("device.approve"), 1);
});

test("denied; without a code it is asked for; decided or unknown codes and missing answers are sentences", async () => {
  const cookie = cookieOf(await signIn("ada@example.org"));
  const begun = await begin();
  assert.match((await visit("/device", { cookie })).text, /<form method="get" action="\/device">/);
  const silent = await visit("/device", { cookie, form: { user_code: begun.user_code } });
  assert.deepEqual([silent.status, silent.text.includes("REQUEST_INVALID")], [422, true]);
  assert.equal((await visit("/device", { cookie, form: { user_code: begun.user_code, decision: "deny" } })).status, 200);
  assert.equal(await statusOf(begun), "denied");
  assert.equal(await events("device.deny"), 1);
  for (const user_code of [begun.user_code, "BBBB-BBBB", "x".repeat(5000)]) {
    const late = await visit("/device", { cookie, form: { user_code, decision: "approve" } });
    assert.deepEqual([late.status, late.text.includes("No program waits under this code")], [404, true]);
  }
});

test("other sites' forms do nothing, and neither does one that does not say where it is from, or a token", async () => {
  const cookie = cookieOf(await signIn("ada@example.org"));
  const begun = await begin();
  const form = { user_code: begun.user_code, decision: "approve" };
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    {},
    { origin: BASE, "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "none" },
    { "x-touchstone-request": "1" },
  ];
  for (const headers of foreign) {
    const { status, text } = await visit("/device", { cookie, form, headers });
    assert.deepEqual([status, text.includes("CROSS_SITE_REFUSED")], [403, true], JSON.stringify(headers));
    const entered = await visit("/device/sign-in", { form: { email: "ada@example.org", password: PASSWORD }, headers });
    assert.deepEqual([entered.status, entered.headers.get("set-cookie")], [403, null], JSON.stringify(headers));
  }
  assert.equal((await visit("/device", { form })).status, 401);
  assert.equal((await visit("/device", { form, headers: { origin: BASE, authorization: `Bearer ${trial.admin}` } })).status, 401);
  assert.equal(await statusOf(begun), "pending");
  const own = await visit("/device", { cookie, form, headers: { "sec-fetch-site": "same-origin" } });
  assert.equal(own.status, 200);
});

test("failed sign-ins say so and lock the account; guessed codes are counted", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await signIn("grace@example.org", "", "wrong")).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
  const locked = await signIn("grace@example.org");
  assert.deepEqual([locked.status, locked.text.includes("Too many requests")], [429, true]);
  assert.ok(Number(locked.headers.get("retry-after")) > 0);
  assert.match((await signIn("nobody@example.org", "BCDF-GHJK", "wrong")).text, /The sign-in failed.*value="BCDF-GHJK"/s);
  assert.equal((await signIn("no address")).status, 422);
  assert.equal((await signIn("ada@example.org", "", "a\u0000b")).status, 422);
  const cookie = cookieOf(await signIn("ada@example.org"));
  trial.clock.aheadMs += 600_000;
  const guesses: number[] = [];
  for (let i = 0; i < 6; i++) guesses.push((await visit(`/device?user_code=BBBB-BBB${"BCDFGH"[i]}`, { cookie })).status);
  assert.deepEqual(guesses, [404, 404, 404, 404, 404, 429]);
});

test("an identity provider leads back to the page, with the code", async () => {
  const body = { kind: "oidc", name: "Corporate & Co", discovery_url: issuer.url, client_id: CLIENT.id, client_secret: CLIENT.secret };
  assert.equal((await trial.ask("POST", "/auth/providers", { body })).status, 201);
  const { text } = await visit("/device?user_code=BCDF-GHJK");
  const [, start = ""] = /href="([^"]+)">Sign in with Corporate &amp; Co</.exec(text) ?? [];
  const begun = await visit(start.replaceAll("&amp;", "&"));
  assert.equal(begun.status, 303);
  const person = { sub: "ada-1", email: "ada@example.org", email_verified: true, name: "Ada" };
  const back = new URL(issuer.authorize(begun.headers.get("location") ?? "", person));
  const end = await visit(`${back.pathname}${back.search}`, { cookie: cookieOf(begun) });
  assert.deepEqual([end.status, end.headers.get("location")], [303, `${BASE}/device?user_code=BCDF-GHJK`]);
});

test("who signs out, or is somebody else, comes back to the same code", async () => {
  trial.clock.aheadMs += 120_000;
  const cookie = cookieOf(await signIn("ada@example.org"));
  const { user_code } = await begin();
  const shown = await visit(`/device?user_code=${user_code}`, { cookie });
  assert.match(shown.text, /<form class="account" method="post" action="\/device\/sign-out">/);
  const foreign = await visit("/device/sign-out", { cookie, form: { user_code }, headers: { origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
  assert.match((await visit(`/device?user_code=${user_code}`, { cookie })).text, /Approve this program/);
  const left = await visit("/device/sign-out", { cookie, form: { user_code } });
  assert.deepEqual([left.status, left.headers.get("location")], [303, `/device?user_code=${user_code}`]);
  assert.match(left.headers.get("set-cookie") ?? "", /session=; .*Max-Age=0/);
  assert.match((await visit(`/device?user_code=${user_code}`, { cookie })).text, /<h1>Sign in<\/h1>/, "the session itself has ended");
  assert.equal(await events("session.end"), 1);
});

test("a sign-in that fails at the provider is a page for people, and data for programs", async () => {
  const callback = "/api/auth/oidc/1/callback?state=nobody&code=none";
  const page = await visit(callback, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
  assert.equal(page.status, 403);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
  assert.match(page.text, /<h1>The sign-in did not work<\/h1>.*SIGN_IN_REFUSED.*href="\/device"/s);
  const data = await visit(callback, { headers: { accept: "application/json" } });
  assert.deepEqual([data.status, (JSON.parse(data.text) as { code: string }).code], [403, "SIGN_IN_REFUSED"]);
});

test("nothing that is shown is markup, nothing leads elsewhere, and a strict policy has nothing to stop", async () => {
  const cookie = cookieOf(await signIn("ada@example.org"));
  trial.clock.aheadMs += 120_000;
  const { user_code } = await begin(`<script>alert("x")</script>`);
  const odd = encodeURIComponent(`"><script>//x`);
  const pages = [
    await visit(`/device?user_code=${user_code}`, { cookie }),
    await visit(`/device?user_code=${odd}`, { cookie }),
    await visit(`/device?user_code=${odd}`),
    await visit("/device?return_to=https://evil.example&user_code=https://evil.example"),
  ];
  for (const { text, headers } of pages) {
    assert.doesNotMatch(text, /<script|<style|\sstyle=|\son\w+=|(src|href|action)="(https?:)?\/\//);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'self'; frame-ancestors 'none'/);
    assert.deepEqual([headers.get("cache-control"), headers.get("referrer-policy")], ["no-store", "same-origin"]);
  }
  const entered = await signIn("ada@example.org", "//evil.example/x");
  assert.equal(entered.headers.get("location"), "/device?user_code=%2F%2Fevil.example%2Fx");
  const large = await visit("/device", { cookie, form: { user_code: "x".repeat(20_000) } });
  assert.equal(large.status, 413);
  assert.equal((await visit("/device/style.css")).status, 200);
  assert.deepEqual(trial.thrown, []);
});
