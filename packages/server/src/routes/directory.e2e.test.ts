/** Provisioning as Okta and Microsoft Entra send it: people come, change, are kept out and go; groups get their members. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { openTrial, type Answer, type Trial } from "../trial/trial.ts";

let trial: Trial;
let token: string;
before(async () => {
  trial = await openTrial({ baseUrl: "https://quality.example.org" });
  const { body, status } = await trial.ask("POST", "/auth/provisioning-tokens", { body: { name: "Okta" } });
  assert.equal(status, 201, JSON.stringify(body));
  token = (body as { token: string }).token;
});
after(() => trial.close());
beforeEach(() => assert.deepEqual(trial.thrown, []));

const scim = (method: string, path: string, body?: unknown): Promise<Answer> =>
  trial.ask(method, `/scim/v2${path}`, { as: token, ...(body === undefined ? {} : { body }) });

type User = {
  id: string;
  userName: string;
  displayName: string;
  active: boolean;
  externalId?: string;
  emails: { value: string }[];
  name: object;
  groups: { display: string }[];
};
type Group = { id: string; displayName: string; externalId?: string; members?: { value: string; display: string }[] };
type List<T> = { totalResults: number; itemsPerPage: number; startIndex: number; Resources: T[] };

const created = async <T>(path: string, body: unknown): Promise<T> => {
  const answer = await scim("POST", path, body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body as T;
};

/** What Okta sends for a new person. */
const oktaUser = (name: string, more: object = {}) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: `${name}@example.org`,
  name: { givenName: name, familyName: "Lovelace" },
  emails: [{ primary: true, value: `${name}@example.org`, type: "work" }],
  displayName: `${name} Lovelace`,
  locale: "en-US",
  externalId: `00u-${name}`,
  groups: [],
  password: "1mz050nq",
  active: true,
  ...more,
});
/** What Entra sends for a new person. */
const entraUser = (name: string, more: object = {}) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
  externalId: `0a21f0f2-${name}`,
  userName: `${name}@tenant.example`,
  active: true,
  emails: [
    { type: "other", value: `${name}@private.example` },
    { primary: true, type: "work", value: `${name}@Example.org` },
  ],
  meta: { resourceType: "User" },
  name: { formatted: `${name} Hopper`, familyName: "Hopper", givenName: name },
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Finance" },
  roles: [],
  ...more,
});
const patch = (...Operations: object[]) => ({ schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations });

test("Okta: look, create, look again, deactivate, activate", async () => {
  const filter = `?filter=${encodeURIComponent('userName eq "ada@example.org"')}&startIndex=1&count=100`;
  assert.deepEqual((await scim("GET", `/Users${filter}`)).body, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  });
  const user = await created<User>("/Users", oktaUser("ada"));
  const { id: _id, ...rest } = user;
  assert.deepEqual(
    { ...rest, meta: null },
    {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      externalId: "00u-ada",
      userName: "ada@example.org",
      displayName: "ada Lovelace",
      name: { formatted: "ada Lovelace", givenName: "ada", familyName: "Lovelace" },
      emails: [{ value: "ada@example.org", type: "work", primary: true }],
      active: true,
      groups: [],
      meta: null,
    },
  );
  assert.equal(((await scim("GET", `/Users${filter.replace("ada", "ADA")}`)).body as List<User>).totalResults, 1);
  const stored = await trial.store.db.selectFrom("user").where("email", "=", "ada@example.org").selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([stored.role, stored.kind, stored.password_hash], ["Member", "person", null]);
  const off = await scim("PATCH", `/Users/${user.id}`, patch({ op: "replace", value: { active: false } }));
  assert.deepEqual([off.status, (off.body as User).active], [200, false]);
  const on = await scim("PUT", `/Users/${user.id}`, oktaUser("ada", { active: true, displayName: "Ada King" }));
  assert.deepEqual([(on.body as User).active, (on.body as User).displayName], [true, "Ada King"]);
});

test("Entra: create, changes path by path, in its own spelling", async () => {
  const user = await created<User>("/Users", entraUser("grace"));
  assert.deepEqual([user.userName, user.emails[0]?.value, user.displayName], ["grace@tenant.example", "grace@example.org", "grace Hopper"]);
  const steps: { name: string; operations: object[]; sees: Partial<User> }[] = [
    { name: "a word for truth", operations: [{ op: "Replace", path: "active", value: "False" }], sees: { active: false } },
    { name: "and back", operations: [{ op: "Replace", path: "active", value: "True" }], sees: { active: true } },
    {
      name: "a filter in the path",
      operations: [{ op: "Replace", path: 'emails[type eq "work"].value', value: "g.h@example.org" }],
      sees: { emails: [{ value: "g.h@example.org", type: "work", primary: true } as { value: string }] },
    },
    {
      name: "several, among them what we have no use for",
      operations: [
        { op: "Add", path: "name.givenName", value: "Amazing" },
        { op: "Add", path: "title", value: "Admiral" },
        { op: "Replace", path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", value: "Navy" },
        { op: "Replace", path: "displayName", value: "Amazing Grace" },
      ],
      sees: { displayName: "Amazing Grace", name: { formatted: "grace Hopper", givenName: "Amazing", familyName: "Hopper" } },
    },
    {
      name: "names of attributes without a path",
      operations: [{ op: "replace", value: { "name.familyName": "Murray", userName: "gm@tenant.example" } }],
      sees: { userName: "gm@tenant.example" },
    },
    {
      name: "taken away",
      operations: [
        { op: "Remove", path: "displayName" },
        { op: "remove", path: "externalId" },
        { op: "remove", path: "active" },
      ],
      sees: { displayName: "grace Hopper", active: true },
    },
  ];
  for (const { name, operations, sees } of steps) {
    const answer = await scim("PATCH", `/Users/${user.id}`, patch(...operations));
    assert.equal(answer.status, 200, `${name}: ${JSON.stringify(answer.body)}`);
    const now = answer.body as Record<string, unknown>;
    assert.deepEqual(Object.fromEntries(Object.keys(sees).map((key) => [key, now[key]])), sees, name);
  }
});

test("kept out means at once: sessions end, tokens are worth nothing", async () => {
  const member = await trial.user("Member", "leaver");
  await trial.store.db
    .insertInto("session")
    .values({
      user_id: member.id,
      value_hash: "x",
      how: "password",
      address: "",
      agent: "",
      last_used_at: new Date(),
      expires_at: new Date(Date.now() + 1e6),
    })
    .execute();
  const user = await created<User>("/Users", oktaUser("leaver"));
  assert.equal(user.id, String(member.id), "who is here already is taken over");
  assert.equal((await trial.ask("GET", "/auth/sessions", { as: member.token })).status, 200);
  await scim("PATCH", `/Users/${user.id}`, patch({ op: "replace", path: "active", value: false }));
  assert.equal((await trial.ask("GET", "/auth/sessions", { as: member.token })).status, 401);
  assert.deepEqual(await trial.store.db.selectFrom("session").where("user_id", "=", member.id).select("id").execute(), []);
  await scim("PATCH", `/Users/${user.id}`, patch({ op: "replace", path: "active", value: true }));
  assert.equal((await scim("DELETE", `/Users/${user.id}`)).status, 204);
  assert.equal((await scim("GET", `/Users/${user.id}`)).status, 404);
  const row = await trial.store.db.selectFrom("user").where("id", "=", member.id).select("disabled_at").executeTakeFirstOrThrow();
  assert.notEqual(row.disabled_at, null, "what they did stays theirs");
  const again = await created<User>("/Users", oktaUser("leaver"));
  assert.deepEqual([again.id, again.active], [user.id, true], "and they may come back");
  assert.equal((await trial.ask("GET", "/auth/sessions", { as: member.token })).status, 401, "without their old tokens");
});

test("groups: members come and go as each directory says it", async () => {
  const ids = [];
  for (const name of ["m1", "m2", "m3"]) ids.push((await created<User>("/Users", oktaUser(name))).id);
  const [m1 = "", m2 = "", m3 = ""] = ids;
  const byHand = await trial.user("Member", "by hand");
  const team = await trial.store.db
    .insertInto("team")
    .values({ name: "Finance", permission: "Editor" })
    .returning("id")
    .executeTakeFirstOrThrow();
  await trial.store.db.insertInto("team_member").values({ team_id: team.id, user_id: byHand.id }).execute();
  const group = await created<Group>("/Groups", { displayName: "FINANCE", externalId: "g-1", members: [{ value: m1, display: "m1" }] });
  assert.deepEqual([group.id, group.displayName], [String(team.id), "Finance"], "the team of that name");
  const steps: { name: string; operations: object[]; members: string[]; displayName?: string }[] = [
    { name: "Entra adds", operations: [{ op: "Add", path: "members", value: [{ value: m2 }, { value: m3 }] }], members: [m1, m2, m3] },
    { name: "adding again changes nothing", operations: [{ op: "add", path: "members", value: [{ value: m2 }] }], members: [m1, m2, m3] },
    { name: "Entra removes", operations: [{ op: "Remove", path: "members", value: [{ value: m1 }] }], members: [m2, m3] },
    { name: "Okta removes", operations: [{ op: "remove", path: `members[value eq "${m3}"]` }], members: [m2] },
    { name: "a member that is none", operations: [{ op: "remove", path: 'members[value eq "999999"]' }], members: [m2] },
    { name: "Okta replaces", operations: [{ op: "replace", path: "members", value: [{ value: m1 }, { value: m3 }] }], members: [m1, m3] },
    {
      name: "add, then remove",
      operations: [
        { op: "add", path: "members", value: [{ value: m2 }] },
        { op: "remove", path: `members[value eq "${m2}"]` },
      ],
      members: [m1, m3],
    },
    {
      name: "remove, then add",
      operations: [
        { op: "remove", path: "members" },
        { op: "add", path: "members", value: { value: m2 } },
      ],
      members: [m2],
    },
    {
      name: "Okta renames",
      operations: [{ op: "replace", value: { id: "x", displayName: "Money" } }],
      members: [m2],
      displayName: "Money",
    },
    { name: "all", operations: [{ op: "Remove", path: "members" }], members: [] },
  ];
  for (const { name, operations, members, displayName } of steps) {
    const answer = await scim("PATCH", `/Groups/${group.id}`, patch(...operations));
    assert.equal(answer.status, 200, `${name}: ${JSON.stringify(answer.body)}`);
    const now = answer.body as Group;
    assert.deepEqual(now.members?.map(({ value }) => value).toSorted(), members.toSorted(), name);
    if (displayName !== undefined) assert.equal(now.displayName, displayName, name);
  }
  const put = await scim("PUT", `/Groups/${group.id}`, { displayName: "Money", members: [{ value: m1 }] });
  assert.deepEqual((put.body as Group).members, [{ value: m1, display: "m1@example.org" }]);
  assert.equal(((await scim("GET", `/Users/${m1}`)).body as User).groups[0]?.display, "Money");
  const light = await scim("GET", `/Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "money"')}`);
  assert.deepEqual(
    (light.body as List<Group>).Resources.map(({ members }) => members),
    [undefined],
  );
  assert.equal((await scim("DELETE", `/Groups/${group.id}`)).status, 204);
  const left = await trial.store.db.selectFrom("team_member").where("team_id", "=", team.id).select("user_id").execute();
  assert.deepEqual(left, [{ user_id: byHand.id }], "who was put in by hand stays");
  const fresh = await created<Group>("/Groups", { displayName: "Brand new" });
  const permission = await trial.store.db.selectFrom("team").where("id", "=", Number(fresh.id)).select("permission").executeTakeFirst();
  assert.equal(permission?.permission, "Reporter", "a new team may do the least");
});

test("what is refused, in the words of the standard", async () => {
  const taken = await created<User>("/Users", oktaUser("taken"));
  await created<Group>("/Groups", { displayName: "Taken" });
  await trial.store.db.insertInto("team").values({ name: "Everybody", permission: "Viewer", is_public: true }).execute();
  const cases: { name: string; ask: [string, string, unknown?]; status: number; scimType?: string }[] = [
    { name: "the same again", ask: ["POST", "/Users", oktaUser("taken")], status: 409, scimType: "uniqueness" },
    {
      name: "the name of another, with another address",
      ask: ["POST", "/Users", oktaUser("taken", { emails: [{ value: "other@example.org" }] })],
      status: 409,
      scimType: "uniqueness",
    },
    { name: "a group again", ask: ["POST", "/Groups", { displayName: "taken" }], status: 409, scimType: "uniqueness" },
    { name: "the public team", ask: ["POST", "/Groups", { displayName: "everybody" }], status: 409, scimType: "uniqueness" },
    { name: "no address", ask: ["POST", "/Users", { userName: "nobody" }], status: 400, scimType: "invalidValue" },
    { name: "no name", ask: ["POST", "/Users", {}], status: 400, scimType: "invalidValue" },
    { name: "no such user", ask: ["GET", "/Users/999999"], status: 404 },
    { name: "no number", ask: ["GET", "/Users/2819c223-7f76-453a-919d-413861904646"], status: 404 },
    {
      name: "a number too large",
      ask: ["PATCH", "/Users/99999999999999999999", patch({ op: "add", path: "active", value: true })],
      status: 404,
    },
    {
      name: "a filter of more",
      ask: ["GET", `/Users?filter=${encodeURIComponent('userName eq "a" and active eq true')}`],
      status: 400,
      scimType: "invalidValue",
    },
    {
      name: "a filter of another attribute",
      ask: ["GET", `/Users?filter=${encodeURIComponent('password eq "a"')}`],
      status: 400,
      scimType: "invalidValue",
    },
    {
      name: "a filter not spelled as in JSON",
      ask: ["GET", `/Users?filter=${encodeURIComponent('userName eq "\\x"')}`],
      status: 400,
      scimType: "invalidValue",
    },
    {
      name: "a filter with NUL",
      ask: ["GET", `/Users?filter=${encodeURIComponent('userName eq "\\u0000"')}`],
      status: 400,
      scimType: "invalidValue",
    },
    { name: "NUL in the address", ask: ["GET", "/Users/%00"], status: 400, scimType: "invalidValue" },
    { name: "NUL in the body", ask: ["POST", "/Users", oktaUser("nul", { displayName: "a\0b" })], status: 400, scimType: "invalidValue" },
    {
      name: "half a character",
      ask: ["POST", "/Users", oktaUser("half", { displayName: "a\ud83d" })],
      status: 400,
      scimType: "invalidValue",
    },
    {
      name: "another word",
      ask: ["PATCH", `/Users/${taken.id}`, patch({ op: "move", path: "active" })],
      status: 400,
      scimType: "invalidValue",
    },
    { name: "no operations", ask: ["PATCH", `/Users/${taken.id}`, {}], status: 400, scimType: "invalidValue" },
    {
      name: "a number as name",
      ask: ["PATCH", `/Users/${taken.id}`, patch({ op: "replace", path: "userName", value: 7 })],
      status: 400,
      scimType: "invalidValue",
    },
    {
      name: "members that are none",
      ask: ["POST", "/Groups", { displayName: "Ghosts", members: [{ value: "999999" }] }],
      status: 400,
      scimType: "invalidValue",
    },
  ];
  for (const { name, ask, status, scimType } of cases) {
    const answer = await scim(...ask);
    const { schemas, status: text, scimType: kind } = answer.body as { schemas: string[]; status: string; scimType?: string };
    assert.deepEqual([answer.status, text, kind], [status, String(status), scimType], `${name}: ${JSON.stringify(answer.body)}`);
    assert.deepEqual(schemas, ["urn:ietf:params:scim:api:messages:2.0:Error"]);
  }
  assert.deepEqual((await scim("GET", `/Groups?filter=${encodeURIComponent('displayName eq "Ghosts"')}`)).body as object, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  });
});

test("a directory cannot lock everybody out, nor give an administrator another address", async () => {
  const only = await trial.store.db.selectFrom("user").where("role", "=", "Admin").select(["id", "email"]).executeTakeFirstOrThrow();
  const name = only.email.split("@")[0]!;
  const admin = await created<User>("/Users", oktaUser(name));
  const off = patch({ op: "replace", path: "active", value: false });
  assert.equal((await scim("PATCH", `/Users/${admin.id}`, off)).status, 409);
  assert.equal((await scim("DELETE", `/Users/${admin.id}`)).status, 409);
  const moved = patch({ op: "replace", path: "emails", value: [{ value: "mallory@example.org", primary: true }] });
  assert.equal((await scim("PATCH", `/Users/${admin.id}`, moved)).status, 409);
  await trial.user("Admin", "second admin");
  assert.equal((await scim("PATCH", `/Users/${admin.id}`, off)).status, 200);
  await scim("PATCH", `/Users/${admin.id}`, patch({ op: "replace", path: "active", value: true }));
});

test("its token opens nothing else, and no other token opens this", async () => {
  const member = await trial.user("Member");
  const cases: { name: string; ask: () => Promise<Answer>; status: number }[] = [
    { name: "nobody", ask: () => trial.ask("GET", "/scim/v2/Users", { as: null }), status: 401 },
    { name: "a member", ask: () => trial.ask("GET", "/scim/v2/Users", { as: member.token }), status: 403 },
    { name: "an administrator", ask: () => trial.ask("GET", "/scim/v2/Users"), status: 403 },
    {
      name: "a member makes such a token",
      ask: () => trial.ask("POST", "/auth/provisioning-tokens", { as: member.token, body: { name: "x" } }),
      status: 403,
    },
    { name: "its own sessions", ask: () => trial.ask("GET", "/auth/sessions", { as: token }), status: 403 },
    { name: "connections", ask: () => trial.ask("GET", "/connections", { as: token }), status: 403 },
    { name: "the service", ask: () => scim("GET", "/ServiceProviderConfig"), status: 200 },
    { name: "its kinds", ask: () => scim("GET", "/ResourceTypes"), status: 200 },
    { name: "what is open to all", ask: () => trial.ask("GET", "/health", { as: token }), status: 200 },
  ];
  for (const { name, ask, status } of cases) assert.equal((await ask()).status, status, name);
  const response = await trial.browse("GET", "/scim/v2/Users?count=1", { headers: { authorization: `Bearer ${token}` } });
  assert.match(response.headers.get("content-type") ?? "", /^application\/scim\+json/);
  const page = (await response.json()) as List<User>;
  assert.deepEqual([page.Resources.length, page.itemsPerPage], [1, 1]);
  assert.ok(page.totalResults > 5);
  const { body } = await trial.ask("GET", "/auth/provisioning-tokens");
  const { items, base_url } = body as { items: { id: number; revoked: boolean }[]; base_url: string };
  assert.deepEqual([items.length, base_url], [1, "https://quality.example.org/api/scim/v2"]);
  const events = JSON.stringify((await trial.ask("GET", "/audit?size=10000")).body);
  for (const event of [
    "directory.user.create",
    "directory.user.update",
    "directory.user.delete",
    "directory.group.update",
    "user.disable",
    "user.enable",
  ])
    assert.ok(events.includes(`"${event}"`), event);
  assert.equal((await trial.ask("DELETE", `/auth/provisioning-tokens/${items[0]!.id}`)).status, 204);
  assert.equal((await scim("GET", "/Users")).status, 401);
  assert.deepEqual(trial.thrown, []);
});
