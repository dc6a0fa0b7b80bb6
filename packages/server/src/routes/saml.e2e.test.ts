/** Sign-in with SAML 2.0: what a response must be to be believed, by responses that are signed here. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, type Browser, type Visit } from "../trial/browser.ts";
import { assertionXml, base64, metadataXml, newSamlKey, requestIn, responseXml, signed, type Said } from "../trial/saml.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

const BASE = "https://quality.example.org";
const IDP = "https://idp.example.org/saml";
const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

let trial: Trial;
const [key, otherKey] = [newSamlKey(), newSamlKey()];
before(async () => void (trial = await openTrial({ baseUrl: BASE })));
after(() => trial.close());

const codeOf = (body: unknown): unknown => (body !== null && typeof body === "object" && "code" in body ? body.code : null);
const whyOf = (body: unknown): string =>
  body !== null && typeof body === "object" && "why" in body ? String(body.why) : JSON.stringify(body);

const provider = async (name: string, more: object = {}): Promise<number> => {
  const body = {
    kind: "saml",
    name,
    metadata_xml: metadataXml(IDP, key.certificate),
    claims: { email: "mail", name: "cn", groups: "groups" },
    ...more,
  };
  const answer = await trial.ask("POST", "/auth/providers", { body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return (answer.body as { id: number }).id;
};

type Begun = { said: Said; relayState: string };

/** Begins a sign-in; what comes back is what the right response to it would say. */
const begin = async (browser: Browser, id: number): Promise<Begun> => {
  const { status, location, body } = await browser.go(`/auth/saml2/${id}/start?return_to=/checks`);
  assert.equal(status, 303, JSON.stringify(body));
  const { id: inResponseTo, consumer, issuer, relayState } = requestIn(location);
  const said: Said = {
    issuer: IDP,
    audience: issuer,
    recipient: consumer,
    inResponseTo,
    nameId: "u-1",
    nameIdFormat: PERSISTENT,
    notBefore: -5,
    notOnOrAfter: 300,
    issued: 0,
    attributes: { mail: ["ada@example.org"], cn: ["Ada"] },
  };
  return { said, relayState };
};

/** The form that the provider's page sends, without the cookies of this installation, and where it leads. */
const post = async (browser: Browser, xml: string, relayState: string): Promise<Visit> => {
  const taken = await browser.go("/auth/saml2/acs", { form: { SAMLResponse: base64(xml), RelayState: relayState }, cross: true });
  return taken.status === 303 ? browser.go(taken.location) : taken;
};
const whole = (said: Said): string => signed(responseXml(said, assertionXml(said)), key);
const isIn = async (browser: Browser): Promise<boolean> => (await browser.go("/auth/sessions")).status === 200;

test("a person signs in with a signed assertion, and is the same person the next time", async () => {
  const id = await provider("Corporate");
  for (const name of ["first", "second"]) {
    const browser = openBrowser(trial, BASE);
    const { said, relayState } = await begin(browser, id);
    assert.deepEqual([said.recipient, said.audience], [`${BASE}/api/auth/saml2/acs`, `${BASE}/api/auth/saml2/${id}/metadata`]);
    const end = await post(browser, whole({ ...said, attributes: { mail: [`${name}@example.org`], cn: ["Ada"] } }), relayState);
    assert.deepEqual([end.status, end.location], [303, `${BASE}/checks`], whyOf(end.body));
    assert.ok(await isIn(browser));
  }
  const users = await trial.store.db.selectFrom("user").where("name", "=", "Ada").select(["email", "role"]).execute();
  assert.deepEqual(users, [{ email: "first@example.org", role: "Member" }]);
});

type Wrong = { name: string; xml: (said: Said) => string; why: RegExp };

const wrapped = (said: Said): string => {
  const evil = assertionXml({ ...said, nameId: "somebody-else" });
  return whole(said).replace("<saml:Assertion", `${evil}<saml:Assertion`);
};
/** The signed assertion moved into another one, whose place it took (signature wrapping). */
const nested = (said: Said): string => {
  const good = /<saml:Assertion.*<\/saml:Assertion>/s.exec(whole(said))?.[0] ?? "";
  const evil = assertionXml({ ...said, nameId: "somebody-else" });
  return responseXml(said, evil.replace("</saml:Assertion>", `<saml:Advice>${good}</saml:Advice></saml:Assertion>`));
};

const WRONG: Wrong[] = [
  { name: "no signature", xml: (said) => responseXml(said, assertionXml(said)), why: /Invalid signature/ },
  { name: "another key", xml: (said) => signed(responseXml(said, assertionXml(said)), otherKey), why: /Invalid signature/ },
  {
    name: "only the response signed",
    xml: (said) => signed(responseXml(said, assertionXml(said)), key, "Response"),
    why: /Invalid signature/,
  },
  { name: "SHA-1", xml: (said) => signed(responseXml(said, assertionXml(said)), key, "Assertion", "sha1"), why: /SHA-1/ },
  { name: "changed after it was signed", xml: (said) => whole(said).replace(">u-1<", ">u-2<"), why: /Invalid signature/ },
  { name: "another address after it was signed", xml: (said) => whole(said).replace("ada@", "eve@"), why: /Invalid signature/ },
  { name: "two assertions", xml: wrapped, why: /multiple assertions/ },
  { name: "one inside another", xml: nested, why: /Invalid signature/ },
  { name: "another issuer", xml: (said) => whole({ ...said, issuer: "https://evil.example" }), why: /another issuer/ },
  { name: "another audience", xml: (said) => whole({ ...said, audience: "https://other.example" }), why: /audience/ },
  { name: "another recipient", xml: (said) => whole({ ...said, recipient: "https://other.example/acs" }), why: /somebody else/ },
  { name: "another request", xml: (said) => whole({ ...said, inResponseTo: "_other" }), why: /InResponseTo/ },
  {
    name: "another request in what is signed",
    xml: (said) =>
      whole({ ...said, inResponseTo: "_other" }).replace(/(<samlp:Response [^>]*InResponseTo=")_other/, `$1${said.inResponseTo}`),
    why: /InResponseTo/,
  },
  { name: "no request at all", xml: (said) => whole(said).replaceAll(/ InResponseTo="[^"]*"/g, ""), why: /InResponseTo|signature/ },
  { name: "expired", xml: (said) => whole({ ...said, notBefore: -600, issued: -600, notOnOrAfter: -120 }), why: /expired|confirmation/ },
  { name: "not yet valid", xml: (said) => whole({ ...said, notBefore: 300, notOnOrAfter: 600 }), why: /not yet valid/ },
  {
    name: "valid for a day, but old",
    xml: (said) => whole({ ...said, issued: -7200, notBefore: -7200, notOnOrAfter: 80_000 }),
    why: /confirmation|expired|maximum/i,
  },
  {
    name: "a name that changes",
    xml: (said) => whole({ ...said, nameIdFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" }),
    why: /persistent/,
  },
  { name: "a document type", xml: (said) => `<!DOCTYPE x [<!ENTITY a "b">]>${whole(said)}`, why: /document type/ },
  { name: "no address", xml: (said) => whole({ ...said, attributes: { mail: [] } }), why: /no e-mail address/ },
  { name: "no XML", xml: () => "hello", why: /./ },
  { name: "nothing in it", xml: () => "<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>", why: /./ },
];

test("what is not right in a response is refused, and nobody is signed in", async () => {
  const id = await provider("Strict");
  for (const { name, xml, why } of WRONG) {
    const browser = openBrowser(trial, BASE);
    const { said, relayState } = await begin(browser, id);
    const end = await post(browser, xml(said), relayState);
    assert.deepEqual([end.status, codeOf(end.body)], [403, "SIGN_IN_REFUSED"], `${name}: ${whyOf(end.body)}`);
    assert.match(whyOf(end.body), why, name);
    assert.equal(await isIn(browser), false, name);
  }
  assert.deepEqual(await trial.store.db.selectFrom("identity").where("provider_id", "=", id).select("subject").execute(), []);
});

test("a comment within a name does not cut it", async () => {
  const id = await provider("Comments");
  const browser = openBrowser(trial, BASE);
  const { said, relayState } = await begin(browser, id);
  const xml = responseXml(
    said,
    assertionXml({ ...said, nameId: "victim@example.org.evil.example" }).replace(
      "victim@example.org.evil",
      "victim@example.org<!-- -->.evil",
    ),
  );
  await post(browser, signed(xml, key), relayState);
  const rows = await trial.store.db.selectFrom("identity").where("provider_id", "=", id).select("subject").execute();
  assert.deepEqual(rows, [{ subject: "victim@example.org.evil.example" }]);
});

test("a response counts once, in time, and for the browser that began", async () => {
  const id = await provider("Once");
  const [mine, theirs] = [openBrowser(trial, BASE), openBrowser(trial, BASE)];
  const send = async (xml: string, relayState: string) =>
    mine.go("/auth/saml2/acs", { form: { SAMLResponse: base64(xml), RelayState: relayState }, cross: true });
  const first = await begin(mine, id);
  const xml = whole(first.said);
  const taken = await send(xml, first.relayState);
  assert.equal(taken.status, 303, whyOf(taken.body));
  assert.equal(codeOf((await send(xml, first.relayState)).body), "SIGN_IN_REFUSED", "sent again before it is finished");
  assert.equal(codeOf((await theirs.go(taken.location)).body), "SIGN_IN_REFUSED", "another browser");
  assert.equal((await mine.go(taken.location)).status, 303);
  assert.equal(codeOf((await mine.go(taken.location)).body), "SIGN_IN_REFUSED", "finished already");
  assert.equal(codeOf((await send(xml, first.relayState)).body), "SIGN_IN_REFUSED", "sent again after");
  const [second, third] = [await begin(mine, id), await begin(mine, id)];
  assert.equal(codeOf((await send(whole(second.said), third.relayState)).body), "SIGN_IN_REFUSED", "the answer to another request");
  assert.equal(codeOf((await mine.go(`/auth/saml2/finish?state=${third.relayState}`)).body), "SIGN_IN_REFUSED", "no assertion yet");
  assert.equal(codeOf((await send(whole(second.said), "made-up")).body), "SIGN_IN_REFUSED", "nobody asked for it");
  trial.clock.aheadMs = 16 * 60_000;
  assert.equal(codeOf((await send(whole(second.said), second.relayState)).body), "SIGN_IN_REFUSED", "late");
  trial.clock.aheadMs = 0;
});

test("groups are attributes, and the subject's name may be the address", async () => {
  await trial.store.db.insertInto("team").values({ name: "Finance", permission: "Viewer" }).execute();
  const id = await provider("Groups", { claims: { groups: "groups" }, group_sync: "add" });
  const browser = openBrowser(trial, BASE);
  const { said, relayState } = await begin(browser, id);
  const groups = { ...said, nameId: "kim@example.org", attributes: { groups: ["other", "FINANCE"] } };
  assert.equal((await post(browser, whole(groups), relayState)).status, 303);
  const rows = await trial.store.db.selectFrom("team_member as m").innerJoin("user", "user.id", "m.user_id").select("user.email").execute();
  assert.deepEqual(rows, [{ email: "kim@example.org" }]);
});

test("metadata: ours is answered, theirs is read, and what is wrong with it is said", async () => {
  const id = await provider("Metadata");
  const { body, status } = await openBrowser(trial, BASE).go(`/auth/saml2/${id}/metadata`);
  assert.equal(status, 200);
  assert.match(String(body), /entityID="https:\/\/quality\.example\.org\/api\/auth\/saml2\/\d+\/metadata"/);
  assert.match(String(body), /WantAssertionsSigned="true"/);
  const answer = await trial.ask("GET", `/auth/providers/${id}`);
  const { idp_issuer, entry_point, certificates } = answer.body as { idp_issuer: string; entry_point: string; certificates: string[] };
  assert.deepEqual([idp_issuer, entry_point, certificates.length], [IDP, `${IDP}/redirect`, 1]);
  const good = metadataXml(IDP, key.certificate);
  const cases: { name: string; more: object; code: string }[] = [
    { name: "nothing", more: {}, code: "PROVIDER_UNUSABLE" },
    { name: "no XML", more: { metadata_xml: "hello" }, code: "PROVIDER_UNUSABLE" },
    { name: "a document type", more: { metadata_xml: `<!DOCTYPE x>${good}` }, code: "PROVIDER_UNUSABLE" },
    { name: "no redirect", more: { metadata_xml: good.replace("HTTP-Redirect", "SOAP") }, code: "PROVIDER_UNUSABLE" },
    {
      name: "a script as its address",
      more: { metadata_xml: good.replace(`${IDP}/redirect`, "javascript:alert(1)") },
      code: "PROVIDER_UNUSABLE",
    },
    {
      name: "only a certificate for encryption",
      more: { metadata_xml: good.replace('use="signing"', 'use="encryption"') },
      code: "PROVIDER_UNUSABLE",
    },
    { name: "no certificate", more: { idp_issuer: IDP, entry_point: IDP, certificates: ["hello"] }, code: "PROVIDER_UNUSABLE" },
    { name: "an address inside", more: { metadata_url: "https://10.0.0.1/metadata" }, code: "ADDRESS_REFUSED" },
  ];
  for (const { name, more, code } of cases) {
    const refused = await trial.ask("POST", "/auth/providers", { body: { kind: "saml", name: "Another", ...more } });
    assert.deepEqual([refused.status, codeOf(refused.body)], [422, code], `${name}: ${whyOf(refused.body)}`);
  }
  const byHand = { idp_issuer: IDP, entry_point: `${IDP}/redirect`, certificates: [key.certificate], metadata_xml: null };
  assert.equal(typeof (await provider("By hand", byHand)), "number");
  assert.deepEqual(trial.thrown, []);
});
