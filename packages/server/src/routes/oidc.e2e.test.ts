/** Sign-in with OpenID Connect, against a provider that speaks the protocol, and lies where a test asks it to. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, type Browser, type Visit } from "../trial/browser.ts";
import { CLIENT, openIssuer, type Issuer, type Lies } from "../trial/issuer.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

const BASE = "https://quality.example.org";

let trial: Trial;
let issuer: Issuer;
before(async () => {
  issuer = await openIssuer();
  trial = await openTrial({ baseUrl: BASE, outboundAllow: ["127.0.0.1"] });
});
after(async () => {
  await issuer.close();
  await trial.close();
});

const codeOf = (body: unknown): unknown => (body !== null && typeof body === "object" && "code" in body ? body.code : null);
const whyOf = (body: unknown): string => (body !== null && typeof body === "object" && "why" in body ? String(body.why) : "");

const provider = async (name: string, more: object = {}): Promise<number> => {
  const body = { kind: "oidc", name, discovery_url: issuer.url, client_id: CLIENT.id, client_secret: CLIENT.secret, ...more };
  const answer = await trial.ask("POST", "/auth/providers", { body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return (answer.body as { id: number }).id;
};

const ADA = { sub: "ada-1", email: "Ada@Example.org", email_verified: true, name: "Ada" };

/** A whole sign-in, up to where it ends. */
const signIn = async (id: number, person: object = ADA, lies: Lies = {}, browser: Browser = openBrowser(trial, BASE)): Promise<Visit> => {
  const start = await browser.go(`/auth/oidc/${id}/start?return_to=${encodeURIComponent("/datastores/1?tab=checks#top")}`);
  assert.equal(start.status, 303, JSON.stringify(start.body));
  return browser.go(issuer.authorize(start.location, { ...person }, lies));
};

const sessionOf = async (browser: Browser): Promise<{ how: string }[]> => {
  const { body } = await browser.go("/auth/sessions");
  return (body as { items?: { how: string }[] }).items ?? [];
};

test("a person signs in, is made a user the first time and known by their subject after that", async () => {
  const id = await provider("Corporate");
  const browser = openBrowser(trial, BASE);
  const start = await browser.go(`/auth/oidc/${id}/start?return_to=//evil.example/x`);
  const sent = new URL(start.location).searchParams;
  assert.deepEqual(
    ["response_type", "code_challenge_method", "scope", "redirect_uri"].map((name) => sent.get(name)),
    ["code", "S256", "openid email profile", `${BASE}/api/auth/oidc/${id}/callback`],
  );
  const end = await browser.go(issuer.authorize(start.location, ADA));
  assert.deepEqual([end.status, end.location], [303, `${BASE}/`], "nobody is sent to another site");
  assert.deepEqual(
    (await sessionOf(browser)).map(({ how }) => how),
    ["Corporate"],
  );
  const again = await signIn(id, { ...ADA, email: "ada.married@example.org" });
  assert.deepEqual([again.status, again.location], [303, `${BASE}/datastores/1?tab=checks#top`]);
  const users = await trial.store.db.selectFrom("user").where("name", "=", "Ada").select(["email", "role", "kind"]).execute();
  assert.deepEqual(users, [{ email: "ada@example.org", role: "Member", kind: "person" }]);
});

test("who has an account with the verified address gets into it", async () => {
  const id = await provider("Linking", { create_users: false });
  const { id: userId } = await trial.user("Manager", "grace");
  assert.equal((await signIn(id, { sub: "grace-1", email: "grace@example.org", email_verified: true })).status, 303);
  const rows = await trial.store.db.selectFrom("identity").where("subject", "=", "grace-1").select("user_id").execute();
  assert.deepEqual(rows, [{ user_id: userId }]);
  assert.match(whyOf((await signIn(id, { sub: "new-1", email: "new@example.org", email_verified: true })).body), /no user here/);
});

test("what is not right is refused, and nobody is signed in", async () => {
  const id = await provider("Strict", { email_domains: ["example.org"] });
  await trial.user("Member", "victim");
  const disabled = await trial.user("Member", "disabled");
  await trial.store.db.updateTable("user").set({ disabled_at: new Date() }).where("id", "=", disabled.id).execute();
  const cases: { name: string; person?: object; lies?: Lies; code?: string }[] = [
    { name: "another nonce", lies: { claims: (said) => ({ ...said, nonce: "other" }) }, code: "PROVIDER_UNUSABLE" },
    { name: "another audience", lies: { claims: (said) => ({ ...said, aud: "somebody-else" }) }, code: "PROVIDER_UNUSABLE" },
    { name: "another issuer", lies: { claims: (said) => ({ ...said, iss: "https://evil.example" }) }, code: "PROVIDER_UNUSABLE" },
    { name: "expired", lies: { claims: (said) => ({ ...said, exp: Math.floor(Date.now() / 1000) - 60 }) }, code: "PROVIDER_UNUSABLE" },
    { name: "no subject", lies: { claims: ({ sub, ...said }) => ({ ...said, was: sub }) }, code: "PROVIDER_UNUSABLE" },
    { name: "another key", lies: { signed: "other-key" }, code: "PROVIDER_UNUSABLE" },
    { name: "no signature", lies: { signed: "not-at-all" }, code: "PROVIDER_UNUSABLE" },
    { name: "an address that is not verified", person: { sub: "m1", email: "victim@example.org" } },
    { name: "one called not verified", person: { sub: "m2", email: "victim@example.org", email_verified: false } },
    { name: "a domain it may not speak for", person: { sub: "m3", email: "x@other.example", email_verified: true } },
    { name: "a domain that only ends like it", person: { sub: "m4", email: "x@notexample.org", email_verified: true } },
    { name: "two at signs", person: { sub: "m5", email: "x@other.example@example.org", email_verified: true } },
    { name: "no address", person: { sub: "m6" } },
    { name: "a disabled account", person: { sub: "m7", email: "disabled@example.org", email_verified: true } },
    {
      name: "an unverified address here, a verified one there",
      person: { sub: "m8", email: "victim@example.org" },
      lies: { userinfo: { email: "mallory@example.org", email_verified: true } },
    },
  ];
  for (const { name, person = ADA, lies = {}, code = "SIGN_IN_REFUSED" } of cases) {
    const browser = openBrowser(trial, BASE);
    const end = await signIn(id, person, lies, browser);
    assert.equal(codeOf(end.body), code, `${name}: ${JSON.stringify(end.body)}`);
    assert.deepEqual(await sessionOf(browser), [], name);
  }
  const linked = await trial.store.db.selectFrom("identity").where("provider_id", "=", id).select("subject").execute();
  assert.deepEqual(linked, []);
});

test("a sign-in ends once, in the browser that began it, and in time", async () => {
  const id = await provider("Flows");
  const [mine, theirs] = [openBrowser(trial, BASE), openBrowser(trial, BASE)];
  const begin = async (browser: Browser) => issuer.authorize((await browser.go(`/auth/oidc/${id}/start`)).location, ADA);
  const back = await begin(mine);
  await begin(theirs);
  assert.equal(codeOf((await theirs.go(back)).body), "SIGN_IN_REFUSED", "another browser");
  const tabs = [await begin(mine), back];
  for (const tab of tabs) assert.equal((await mine.go(tab)).status, 303, "two tabs of one browser");
  assert.equal(codeOf((await mine.go(back)).body), "SIGN_IN_REFUSED", "again");
  const late = await begin(mine);
  trial.clock.aheadMs = 16 * 60_000;
  assert.equal(codeOf((await mine.go(late)).body), "SIGN_IN_REFUSED", "late");
  trial.clock.aheadMs = 0;
  const elsewhere = (await begin(mine)).replace(`/oidc/${id}/`, `/oidc/${await provider("Mixed up")}/`);
  assert.equal(codeOf((await mine.go(elsewhere)).body), "SIGN_IN_REFUSED", "the answer of one provider to another");
  const declined = new URL(await begin(mine));
  declined.searchParams.delete("code");
  declined.searchParams.set("error", "access_denied");
  const end = await mine.go(declined.href);
  assert.match(whyOf(end.body), /access_denied/);
  assert.equal(codeOf((await mine.go(`/auth/oidc/${id}/callback?code=x`)).body), "REQUEST_INVALID");
});

const teamsOf = async (email: string): Promise<string[]> => {
  const rows = await trial.store.db
    .selectFrom("team_member as m")
    .innerJoin("team", "team.id", "m.team_id")
    .innerJoin("user", "user.id", "m.user_id")
    .where("user.email", "=", email)
    .select("team.name")
    .orderBy("team.name")
    .execute();
  return rows.map(({ name }) => name);
};

test("groups become teams: added to, or exactly, and not at all unless asked", async () => {
  const team = (name: string) =>
    trial.store.db.insertInto("team").values({ name, permission: "Viewer" }).returning("id").executeTakeFirstOrThrow();
  for (const name of ["Finance", "Sales", "Kept by hand"]) await team(name);
  const claims = { email: "email", name: "name", groups: "groups" };
  const off = await provider("Groups off", { claims });
  const add = await provider("Groups add", { claims, group_sync: "add", group_teams: { "8f14e45f": "Sales" } });
  const exact = await provider("Groups exact", { claims, group_sync: "exact" });
  const kim = { sub: "kim", email: "kim@example.org", email_verified: true, name: "Kim" };
  const steps: { id: number; groups?: unknown; teams: string[] }[] = [
    { id: off, groups: ["Finance"], teams: [] },
    { id: add, groups: ["FINANCE", "unknown"], teams: ["Finance"] },
    { id: add, groups: ["8F14E45F"], teams: ["Finance", "Sales"] },
    { id: add, groups: [], teams: ["Finance", "Sales"] },
    { id: exact, teams: ["Finance", "Sales"] },
    { id: exact, groups: "Sales", teams: ["Sales"] },
    { id: exact, groups: ["kept by HAND", 7, "Finance"], teams: ["Finance", "Kept by hand"] },
    { id: exact, groups: [], teams: [] },
  ];
  for (const [i, { id, groups, teams }] of steps.entries()) {
    assert.equal((await signIn(id, { ...kim, ...(groups === undefined ? {} : { groups }) })).status, 303);
    assert.deepEqual(await teamsOf("kim@example.org"), teams, `step ${i}`);
  }
});

test("claims may have other names, come from userinfo, and an endpoint may be entered by hand", async () => {
  const endpoints = {
    issuer: issuer.url,
    authorization_endpoint: `${issuer.url}/authorize`,
    token_endpoint: `${issuer.url}/token`,
    jwks_uri: `${issuer.url}/keys`,
    userinfo_endpoint: `${issuer.url}/userinfo`,
  };
  const claims = { email: "upn", name: "displayName", groups: null };
  const id = await provider("By hand", { discovery_url: null, endpoints, claims, trust_email: true });
  const end = await signIn(id, { sub: "u1" }, { userinfo: { upn: "upn@example.org", displayName: "U P N" } });
  assert.equal(end.status, 303, JSON.stringify(end.body));
  const user = await trial.store.db.selectFrom("user").where("email", "=", "upn@example.org").select("name").executeTakeFirst();
  assert.equal(user?.name, "U P N");
  const strict = await provider("By hand, untrusted", { discovery_url: null, endpoints, claims });
  const spoofed = { sub: "u2", upn: "victim@example.org", email: "mallory@example.org", email_verified: true };
  assert.equal(codeOf((await signIn(strict, spoofed)).body), "SIGN_IN_REFUSED", "verified is the claim email, not upn");
});

test("providers are kept by administrators; the secret never comes back, and their addresses are looked at", async () => {
  const id = await provider("Kept");
  const seen = JSON.stringify([
    await trial.ask("GET", `/auth/providers/${id}`),
    await trial.ask("GET", "/auth/providers"),
    await trial.ask("PUT", `/auth/providers/${id}`, {
      body: { kind: "oidc", name: "Kept", discovery_url: issuer.url, client_id: CLIENT.id },
    }),
    await trial.store.db.selectFrom("identity_provider").selectAll().execute(),
    await trial.ask("GET", "/audit?size=10000"),
  ]);
  assert.ok(!seen.includes(CLIENT.secret) && seen.includes('"client_secret_set":true'));
  assert.equal((await signIn(id)).status, 303, "a secret that is not named stays");
  const manager = await trial.user("Manager");
  const create = (more: object, as = trial.admin) =>
    trial.ask("POST", "/auth/providers", { as, body: { kind: "oidc", name: "Another", client_id: "c", client_secret: "s", ...more } });
  const cases: { name: string; more: object; as?: string; status: number; code: string }[] = [
    { name: "a manager", more: {}, as: manager.token, status: 403, code: "NOT_ALLOWED" },
    { name: "no secret", more: { discovery_url: issuer.url, client_secret: null }, status: 422, code: "PROVIDER_UNUSABLE" },
    { name: "no address", more: {}, status: 422, code: "PROVIDER_UNUSABLE" },
    { name: "the clouds' metadata", more: { discovery_url: "http://169.254.169.254/latest" }, status: 422, code: "ADDRESS_REFUSED" },
    { name: "this host by another name", more: { discovery_url: "https://[::1]/x" }, status: 422, code: "ADDRESS_REFUSED" },
    { name: "no provider there", more: { discovery_url: `${issuer.url}/nothing` }, status: 422, code: "PROVIDER_UNUSABLE" },
    { name: "a script", more: { discovery_url: "javascript:alert(1)" }, status: 422, code: "REQUEST_INVALID" },
    { name: "a taken name", more: { name: "KEPT", discovery_url: issuer.url }, status: 409, code: "OBJECT_EXISTS" },
    { name: "a reserved name", more: { name: "password", discovery_url: issuer.url }, status: 422, code: "REQUEST_INVALID" },
  ];
  for (const { name, more, as, status, code } of cases) {
    const answer = await create(more, as);
    assert.deepEqual([answer.status, codeOf(answer.body)], [status, code], `${name}: ${JSON.stringify(answer.body)}`);
  }
  const browser = openBrowser(trial, BASE);
  await signIn(id, ADA, {}, browser);
  assert.equal(
    (await sessionOf(browser)).some(({ how }) => how === "Kept"),
    true,
  );
  const body = { kind: "oidc", name: "Kept", discovery_url: issuer.url, client_id: CLIENT.id, enabled: false };
  assert.equal((await trial.ask("PUT", `/auth/providers/${id}`, { body })).status, 200);
  assert.deepEqual(await sessionOf(browser), [], "sessions end with their provider");
  assert.equal((await browser.go(`/auth/oidc/${id}/start`)).status, 404);
  const { body: choices } = await browser.go("/auth/choices");
  assert.ok(!(choices as { items: { name: string }[] }).items.some(({ name }) => name === "Kept"));
  assert.equal((await trial.ask("DELETE", `/auth/providers/${id}`)).status, 204);
  assert.equal((await trial.ask("GET", `/auth/providers/${id}`)).status, 404);
  const events = JSON.stringify((await trial.ask("GET", "/audit?size=10000")).body);
  for (const event of [
    "provider.create",
    "provider.update",
    "provider.delete",
    "session.refuse",
    "identity.link",
    "user.create",
    "team.sync",
  ])
    assert.ok(events.includes(`"${event}"`), event);
  assert.deepEqual(trial.thrown, []);
});
