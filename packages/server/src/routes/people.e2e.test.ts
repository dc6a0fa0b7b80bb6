/** Users, teams, tokens and tags over the API: what is answered, and what is refused. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

type Row = Record<string, unknown> & { id: number; items: Row[]; token: string };
const ok = async (method: string, path: string, body?: object, as?: string): Promise<Row> => {
  const answer = await trial.ask(method, path, { ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
  assert.ok(answer.status < 300, `${method} ${path} ${JSON.stringify(answer.body)}`);
  return answer.body as Row;
};
const codeOf = async (method: string, path: string, body?: object, as?: string): Promise<string> => {
  const answer = await trial.ask(method, path, { ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
  return `${answer.status} ${(answer.body as { code?: string } | null)?.code ?? ""}`.trim();
};

test("a person is made, told who they are, put into a team, and kept out", async () => {
  const team = await ok("POST", "/teams", { name: "Sales", permission: "Drafter" });
  const person = await ok("POST", "/users", { name: "Ada", email: "Ada@Example.org", team_ids: [team.id], password: "a long password" });
  assert.deepEqual([person.role, person.email, person.teams], ["Member", "ada@example.org", [{ id: team.id, name: "Sales" }]]);
  assert.ok(!JSON.stringify(person).includes("scrypt"));
  assert.deepEqual((await ok("GET", `/teams/${team.id}`)).users, [{ id: person.id, name: "Ada" }]);
  assert.equal((await ok("PUT", `/users/${person.id}`, { role: "Manager", team_ids: [] })).role, "Manager");
  assert.equal((await ok("GET", "/users?search=ada@&role=Manager")).total, 1);
  const { token } = await trial.user("Member", "Grace");
  const me = await ok("GET", "/users/me", undefined, token);
  assert.deepEqual([me.name, me.permissions], ["Grace", []]);
  await ok("PUT", `/users/${me.id}`, { disabled: true });
  assert.equal(await codeOf("GET", "/users/me", undefined, token), "401 NOT_SIGNED_IN");
  await ok("PUT", `/users/${me.id}`, { disabled: false });
  assert.equal(await codeOf("GET", "/users/me", undefined, token), "200");
});

test("a token is shown once, ends when it is revoked, and only then may be deleted", async () => {
  const { token } = await trial.user("Member", "Linus");
  const made = await ok("POST", "/user-tokens", { name: "ci", expires_in_days: 30 }, token);
  const days = (Date.parse(String(made.expires_at)) - Date.now()) / 86_400_000;
  assert.ok(days > 29.9 && days <= 30);
  assert.equal((await ok("GET", "/users/me", undefined, made.token)).name, "Linus");
  const listed = await ok("GET", "/user-tokens", undefined, token);
  assert.ok(!JSON.stringify(listed).includes(made.token) && listed.items.some(({ name }) => name === "ci"));
  assert.equal(await codeOf("DELETE", `/user-tokens/${made.id}`, undefined, token), "409 OBJECT_STATE_WRONG");
  await ok("PUT", `/user-tokens/${made.id}/revoke`, undefined, token);
  assert.equal(await codeOf("GET", "/users/me", undefined, made.token), "401 NOT_SIGNED_IN");
  assert.equal(await codeOf("DELETE", `/user-tokens/${made.id}`, undefined, token), "204");
});

test("a service user has tokens, which give it no further ones", async () => {
  const robot = await ok("POST", "/service-users", { name: "Nightly load" });
  const { token } = await ok("POST", `/service-users/${robot.id}/tokens`, { name: "airflow" });
  assert.equal((await ok("GET", "/users/me", undefined, token)).kind, "service");
  assert.equal(await codeOf("POST", "/user-tokens", { name: "more" }, token), "403 NOT_ALLOWED");
  assert.equal(await codeOf("PUT", `/users/${robot.id}`, { password: "a long password" }), "409 OBJECT_STATE_WRONG");
  await ok("PUT", `/users/${robot.id}`, { disabled: true });
  assert.equal(await codeOf("POST", `/service-users/${robot.id}/tokens`, { name: "more" }), "409 OBJECT_STATE_WRONG");
  assert.equal((await ok("GET", "/service-users")).total, 1);
});

test("a directory's token is what it is: neither a service user's nor a person's", async () => {
  const made = await ok("POST", "/auth/provisioning-tokens", { name: "Corporate directory" });
  const [directory] = (await ok("GET", "/users?kind=directory")).items;
  assert.deepEqual([directory?.name, directory?.kind], ["Corporate directory", "directory"]);
  for (const path of ["/service-users", "/users", "/users?kind=person", "/users?kind=service"])
    assert.ok(!JSON.stringify(await ok("GET", path)).includes("Corporate directory"), path);
  const { items } = await ok("GET", `/user-tokens?user=${directory?.id}`);
  assert.deepEqual(
    items.map(({ id, provisioning_only }) => [id, provisioning_only]),
    [[made.id, true]],
  );
  assert.equal(await codeOf("POST", `/service-users/${directory?.id}/tokens`, { name: "for everything" }), "404 OBJECT_UNKNOWN");
  assert.equal(await codeOf("PUT", `/users/${directory?.id}`, { password: "a long password" }), "409 OBJECT_STATE_WRONG");
  assert.equal(await codeOf("GET", "/users/me", undefined, made.token), "403 NOT_ALLOWED");
});

test("a tag is made, found in any capitals, changed and deleted", async () => {
  const made = await ok("POST", "/global-tags", { type: "global", name: "Pricing", weight_modifier: -10, description: "what is sold" });
  assert.deepEqual([made.type, made.weight_modifier, made.category], ["global", -10, null]);
  assert.equal((await ok("GET", "/global-tags/PRICING")).id, made.id);
  assert.equal((await ok("PUT", "/global-tags/pricing", { color: "#ff2000", weight_modifier: 4 })).description, "what is sold");
  assert.equal((await ok("GET", "/global-tags?search=ric")).total, 1);
  assert.equal((await ok("GET", "/global-tags?search=%25")).total, 0);
  assert.equal(await codeOf("DELETE", "/global-tags/pricing"), "204");
  assert.equal(await codeOf("GET", "/global-tags/pricing"), "404 OBJECT_UNKNOWN");
});

test("what is refused, and how", async () => {
  const member = await trial.user("Member");
  const manager = await trial.user("Manager");
  const admin = await ok("GET", "/users/me");
  const other = await ok("POST", "/user-tokens", { name: "of the administrator" });
  await ok("POST", "/teams", { name: "taken", permission: "Viewer" });
  await ok("POST", "/global-tags", { name: "taken" });
  const everybody = (await ok("GET", "/teams?search=public")).items[0]!;
  const cases: { name: string; ask: [string, string, object?, string?]; code: string }[] = [
    { name: "a team by a manager", ask: ["POST", "/teams", { name: "x", permission: "Viewer" }, manager.token], code: "403 NOT_ALLOWED" },
    { name: "a user by a manager", ask: ["PUT", `/users/${member.id}`, { role: "Admin" }, manager.token], code: "403 NOT_ALLOWED" },
    { name: "a tag by a member", ask: ["POST", "/global-tags", { name: "x" }, member.token], code: "403 NOT_ALLOWED" },
    { name: "tokens of another", ask: ["GET", `/user-tokens?user=${admin.id}`, undefined, member.token], code: "403 NOT_ALLOWED" },
    { name: "a token of another", ask: ["PUT", `/user-tokens/${other.id}/revoke`, undefined, member.token], code: "404 OBJECT_UNKNOWN" },
    { name: "a token for ever", ask: ["POST", "/user-tokens", { name: "x", expires_in_days: 366 }], code: "422 REQUEST_INVALID" },
    { name: "a team's name again", ask: ["POST", "/teams", { name: "TAKEN", permission: "Viewer" }], code: "409 OBJECT_EXISTS" },
    { name: "a tag's name again", ask: ["POST", "/global-tags", { name: "Taken" }], code: "409 OBJECT_EXISTS" },
    { name: "an address again", ask: ["POST", "/users", { name: "x", email: "ADMIN@example.org" }], code: "409 OBJECT_EXISTS" },
    { name: "a weight too large", ask: ["POST", "/global-tags", { name: "x", weight_modifier: 11 }], code: "422 REQUEST_INVALID" },
    { name: "an unknown permission", ask: ["POST", "/teams", { name: "x", permission: "Owner" }], code: "422 REQUEST_INVALID" },
    { name: "a short password", ask: ["POST", "/users", { name: "x", email: "x@y.org", password: "short" }], code: "422 REQUEST_INVALID" },
    {
      name: "a member who is nobody",
      ask: ["POST", "/teams", { name: "x", permission: "Viewer", user_ids: [999999] }],
      code: "404 OBJECT_UNKNOWN",
    },
    { name: "the last administrator", ask: ["PUT", `/users/${admin.id}`, { role: "Member" }], code: "409 OBJECT_STATE_WRONG" },
    { name: "the last administrator kept out", ask: ["PUT", `/users/${admin.id}`, { disabled: true }], code: "409 OBJECT_STATE_WRONG" },
    { name: "the public team", ask: ["DELETE", `/teams/${everybody.id}`], code: "409 OBJECT_STATE_WRONG" },
    { name: "an unknown user", ask: ["GET", "/users/999999"], code: "404 OBJECT_UNKNOWN" },
    { name: "an unknown tag", ask: ["DELETE", "/global-tags/none"], code: "404 OBJECT_UNKNOWN" },
    { name: "a person as a service user", ask: ["POST", `/service-users/${member.id}/tokens`, { name: "x" }], code: "404 OBJECT_UNKNOWN" },
  ];
  for (const { name, ask, code } of cases) assert.equal(await codeOf(...ask), code, name);
  // What was refused left nothing behind.
  assert.equal((await ok("GET", "/teams?search=x")).total, 0);
  assert.deepEqual(trial.thrown, []);
});
