/**
 * The command line against a server that really listens, with a dataplane that speaks to it over the wire: logging in, operations,
 * checks as files, anomalies. One server for all of it, because its start costs seconds; the tests build on one another.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openClient, type Client } from "@touchstone/core/client/client";
import { auth } from "@touchstone/core/routes/auth";
import { checks } from "@touchstone/core/routes/checks";
import { connections } from "@touchstone/core/routes/connections";
import { datastores } from "@touchstone/core/routes/datastores";
import { serviceUsers } from "@touchstone/core/routes/tokens";
import { setup } from "@touchstone/core/routes/setup";
import { httpSend } from "@touchstone/engine/worker/http-send";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { readConfig } from "@touchstone/server/config";
import { start, type Started } from "@touchstone/server/start";
import { layStore } from "@touchstone/server/trial/store";
import { planPush, push as pushChecks } from "./checks/push.ts";
import { openWorkspace } from "./checks/workspace.ts";
import { run } from "./run.ts";
import { forgetLogin, keepLogin } from "./service/credentials.ts";
import { httpTransport } from "./service/http-transport.ts";
import { newGround, touchstone, type Ran } from "./terminal-ground.ts";

const ground = newGround();
const EMAIL = "ada@example.org";
const PASSWORD = "a password of twelve";

let started: Started;
let admin: Client;
let token: string;
let dataplane: Promise<unknown>;
const stop = new AbortController();

const clientWith = (given: string | null): Client =>
  openClient({ server: started.url, token: given, transport: httpTransport({ server: started.url, environment: {} }), agent: "test" });

before(async () => {
  process.env["XDG_CONFIG_HOME"] = ground.path("config");
  await layStore(ground.path("store"));
  const config = readConfig({ port: "0", data: ground.path("store"), log_level: "silent" }, {});
  started = await start({ config, version: "0.0.0-test" });
  const made = await clientWith(null).ask(setup.first, {
    body: { code: started.setupCode ?? "", email: EMAIL, name: "Ada", password: PASSWORD },
  });
  ({ token } = made);
  admin = clientWith(token);
  const code = await started.inviteDataplane("beside");
  dataplane = runDataplane({
    send: httpSend({ server: started.url }),
    code,
    version: "test",
    signal: stop.signal,
    settings: { threads: 1 },
  });
  ground.write(
    "landing/orders.csv",
    `id,price,country\n${Array.from({ length: 40 }, (_, i) => `${i},${i === 7 ? -5 : i + 1},${i % 2 ? "NO" : "SE"}`).join("\n")}\n`,
  );
  ground.write("landing/people.csv", "name,email\nada,ada@example.org\nbob,\n");
  const { id } = await admin.ask(connections.create, { body: { name: "files", type: "files", uri: ground.path("landing") } });
  await admin.ask(datastores.create, { body: { name: "landing", connection_id: id, root_path: "/", trigger_sync: false } });
});
after(async () => {
  stop.abort();
  await dataplane;
  await started.stop();
  ground.remove();
});

/** Runs a command line, and says what it did when its status is another. */
const status = async (expected: number, ...words: string[]): Promise<Ran> => {
  const ran = await touchstone(words);
  assert.equal(ran.status, expected, `${words.join(" ")}\n${ran.err}${ran.out}`);
  return ran;
};
const json = async <T>(...words: string[]): Promise<T> => JSON.parse((await status(0, ...words, "--json")).out) as T;

// ── Logging in ──────────────────────────────────────────────────────────────────────────────────────────────────

/** What a person does in the browser, or with curl. */
const decide = async (code: string, approve: boolean): Promise<void> => {
  const signIn = await fetch(`${started.url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
  });
  const cookie = signIn.headers.getSetCookie()[0]!.split(";")[0]!;
  const decided = await fetch(`${started.url}/api/auth/device/approve`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie, "x-touchstone-request": "1" },
    body: JSON.stringify({ user_code: code, approve }),
  });
  assert.equal(decided.status, 204);
};

/** Runs a login, and decides about its code as soon as it is shown. */
const login = async (approve: boolean): Promise<Ran> => {
  const written = { out: "", err: "" };
  let deciding = Promise.resolve();
  const stdout = {
    write: (text: string) => {
      written.out += text;
      const code = /enter the code (\S+)/.exec(text)?.[1];
      if (code !== undefined) deciding = decide(code, approve);
    },
  };
  const stderr = { write: (text: string) => (written.err += text) };
  const result = await run(["login", "--server", `${started.url}/`], {
    stdout,
    stderr,
    signal: new AbortController().signal,
    colour: false,
  });
  await deciding;
  return { status: result, ...written };
};

test("before a login it is said what to do", async () => {
  assert.match((await status(2, "whoami")).err, /SERVER_UNNAMED[^]*touchstone login --server URL/);
  assert.match((await status(2, "whoami", "--server", started.url)).err, /LOGIN_NEEDED[^]*touchstone login --server http/);
  assert.match((await status(2, "whoami", "--server", started.url, "--token", "nonsense")).err, /LOGIN_NEEDED/);
  assert.match((await status(2, "login", "--server", "http://127.0.0.1:1")).err, /SERVER_UNREACHABLE[^]*nothing listens there/);
});

test("a login by a code that somebody approves or denies", async () => {
  const [denied, approved] = await Promise.all([login(false), login(true)]);
  assert.equal(denied.status, 2);
  assert.match(denied.err, /LOGIN_ENDED[^]*denied/);
  assert.equal(approved.status, 0, approved.err);
  assert.match(approved.out, /Open http\S+\/device\?user_code=\S+\n[^]*logged in at http\S+\d as ada@example\.org \(Admin\) until \d{4}-/);
  const file = ground.path("config/touchstone/servers.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match((await status(0, "whoami")).out, /Ada <ada@example\.org>/);
  const kept = readFileSync(file, "utf8");
  assert.match((await status(0, "logout")).out, /^logged out at http/);
  assert.match((await status(2, "whoami", "--server", started.url)).err, /LOGIN_NEEDED/);
  writeFileSync(file, kept);
  assert.match((await status(2, "whoami")).err, /LOGIN_NEEDED/, "the token itself is worth nothing any more");
  assert.match((await status(0, "logout")).out, /the token had ended before/);
});

test("a login with a password, with a token, and none at all where the environment has one", async () => {
  process.env["TOUCHSTONE_PASSWORD"] = "wrong";
  assert.match((await status(2, "login", "--server", started.url, "--email", EMAIL)).err, /SIGN_IN_FAILED/);
  process.env["TOUCHSTONE_PASSWORD"] = PASSWORD;
  assert.match((await status(0, "login", "--server", started.url, "--email", EMAIL, "--days", "1")).out, /until/);
  delete process.env["TOUCHSTONE_PASSWORD"];
  assert.equal((await json<{ email: string }>("whoami")).email, EMAIL);
  assert.equal(
    (await admin.ask(auth.sessions)).items.filter(({ agent }) => agent.startsWith("touchstone/")).length,
    0,
    "its session is gone",
  );
  await status(0, "logout");
  const robot = await admin.ask(serviceUsers.create, { body: { name: "ci" } });
  const service = await admin.ask(serviceUsers.createToken, { params: { id: robot.id }, body: { name: "ci", expires_in_days: 1 } });
  process.env["TOUCHSTONE_SERVER"] = started.url;
  process.env["TOUCHSTONE_TOKEN"] = service.token;
  try {
    assert.match((await status(0, "whoami")).out, /a service user/);
    assert.match((await status(2, "operations", "run", "sync", "-d", "landing")).err, /NOT_ALLOWED[^]*Editor/);
    assert.match((await status(2, "datastores", "show", "shop")).err, /OBJECT_UNKNOWN/);
  } finally {
    delete process.env["TOUCHSTONE_SERVER"];
    delete process.env["TOUCHSTONE_TOKEN"];
  }
  assert.match((await status(0, "login", "--server", started.url, "--token", token)).out, /as ada@example\.org/);
});

// ── Datastores and operations ───────────────────────────────────────────────────────────────────────────────────

test("operations are run and watched, and say whether they succeeded", async () => {
  const sync = await status(0, "operations", "run", "sync", "-d", "landing", "--watch");
  assert.match(sync.out, /^sync \d+ of landing: success\n/);
  assert.match(sync.err, /^sync \d+: (queued|running)/);
  assert.match(
    (await status(0, "operations", "run", "profile", "-d", "LANDING", "-c", "people", "--effort", "off", "--watch")).out,
    /containers analyzed 1/,
  );
  const listed = await json<{ type: string; result: string }[]>("operations", "list", "-d", "landing");
  assert.deepEqual(
    listed.map(({ type, result }) => `${type} ${result}`),
    ["profile success", "sync success"],
  );
  assert.match((await status(0, "operations", "show", "1")).out, /^sync 1 of landing: success\n/);
  assert.match((await status(0, "operations", "abort", "1")).out, /^sync 1: success\n/, "what is over stays as it is");
  assert.match((await status(2, "operations", "run", "scan", "-d", "landng")).err, /OBJECT_UNKNOWN[^]*nearest name is landing/);
  assert.match((await status(2, "operations", "run", "dance", "-d", "landing")).err, /OPTION_INVALID[^]*sync, profile, scan/);
  assert.match((await status(2, "operations", "watch", "999")).err, /OBJECT_UNKNOWN/);
});

test("an operation that fails is a failure of the command", async () => {
  const { id } = await admin.ask(connections.create, { body: { name: "nowhere", type: "files", uri: ground.path("nowhere") } });
  await admin.ask(datastores.create, { body: { name: "nowhere", connection_id: id, root_path: "/", trigger_sync: false } });
  const ran = await status(2, "operations", "run", "sync", "-d", "nowhere", "--watch");
  assert.match(ran.out, /^sync \d+ of nowhere: failure\n/);
  assert.match((await status(1, "datastores", "test", "nowhere")).out, /^nowhere {2}cannot be read: /);
});

test("datastores are listed, shown and tried", async () => {
  assert.match((await status(0, "datastores", "list")).out, /name +type +containers[^]*landing +files +2 /);
  assert.match((await status(0, "datastores", "list", "--ndjson")).out, /^\{"id":1,[^\n]+\}\n\{[^\n]+\}\n$/);
  assert.match((await status(0, "datastores", "show", "landing")).out, /datastore +landing \(1\)[^]*orders +file +3/);
  assert.match((await status(0, "datastores", "test", "landing")).out, /^landing {2}can be read\n$/);
});

// ── Checks ──────────────────────────────────────────────────────────────────────────────────────────────────────

const BY_HAND = `# kept by the sales team
- rule_type: notNegative   # refunds are elsewhere
  container: orders
  fields: [price]
- rule_type: between
  container: orders
  fields: [price]
  properties: { min: 0, max: 20 }
  filter: country = 'NO'
- rule_type: between
  container: orders
  fields: [price]
  properties: { min: 0, max: 100 }
  filter: country = 'SE'
- { rule_type: notNull, container: people, fields: [email] }
`;

const folder = () => ground.path("checks");
const file = (name: string) => join(folder(), name);
const read = (name: string) => readFileSync(file(name), "utf8");
const edit = (name: string, from: string, to: string) => {
  assert.ok(read(name).includes(from), `${from} in\n${read(name)}`);
  writeFileSync(file(name), read(name).replace(from, to));
};
const push = (expected: number, ...more: string[]) => status(expected, "checks", "push", folder(), ...more);
const pull = (expected: number, ...more: string[]) => status(expected, "checks", "pull", folder(), ...more);
const diff = (expected: number, ...more: string[]) => status(expected, "checks", "diff", folder(), ...more);

test("checks written by hand are pushed once, get their identities, and keep what people wrote", async () => {
  ground.write("checks/mine.yaml", BY_HAND);
  assert.match((await diff(2)).err, /OPTION_INVALID[^]*--datastore/);
  assert.match((await diff(1, "-d", "landing")).out, /In the files[^]*\+ between price[^]*4 differences .*: 4 added\n$/);
  assert.match((await push(0, "-d", "landing", "--dry-run")).out, /would push to landing at http.*: 4 added/);
  assert.equal(read("mine.yaml"), BY_HAND);
  assert.match((await push(0, "-d", "landing")).out, /\npushed to landing at http.*: 4 added\n$/);
  assert.match(
    read("mine.yaml"),
    /^# kept by the sales team\n- rule_type: notNegative   # refunds are elsewhere\n[^]*\n {2}uid: orders__notnegative__price\n/,
  );
  const written = read("mine.yaml");
  assert.match((await push(0)).out, /^nothing to push: landing at http.* has it all\n$/);
  assert.match((await diff(0)).out, /are the same\n$/);
  assert.match((await pull(0)).out, /4 checks of landing at http\S+; nothing new\n$/);
  assert.equal(read("mine.yaml"), written);
});

test("a folder that is empty gets a file a container, the same every time, and a scan runs it offline", async () => {
  const fresh = ground.path("fresh");
  await status(0, "checks", "pull", fresh, "-d", "landing");
  assert.deepEqual(readdirSync(fresh).sort(), [".touchstone-pulled", "orders.yaml", "people.yaml"]);
  const text = readFileSync(join(fresh, "orders.yaml"), "utf8");
  assert.match(text, /^- uid: orders__between__price__[\da-f]{8}\n {2}rule_type: between\n/);
  assert.doesNotMatch(text, /\d{4}-\d\d-\d\d|_check_uid/);
  const again = ground.path("again");
  await status(0, "checks", "pull", again, "-d", "1");
  keepLogin("http://127.0.0.1:1", { token: "of another server", expires_at: null, authority: null });
  assert.match((await status(0, "checks", "diff", fresh)).out, /are the same/, "the files know their server");
  forgetLogin("http://127.0.0.1:1");
  keepLogin(started.url, { token, expires_at: null, authority: null });
  for (const name of readdirSync(fresh))
    assert.equal(readFileSync(join(again, name), "utf8"), readFileSync(join(fresh, name), "utf8"), name);
  const scan = await status(
    1,
    "scan",
    ground.path("landing/orders.csv"),
    "--checks",
    join(fresh, "orders.yaml"),
    "--progress",
    "none",
    "--format",
    "json",
  );
  assert.match(scan.out, /"rule_type": ?"notNegative"/);
});

test("what changed is told from what to what, on either side; only what the files changed is pushed", async () => {
  edit("mine.yaml", "max: 20", "max: 30");
  const [theirs] = await admin.ask(checks.listing, { query: { datastore: [1], rule_type: ["notNull"] } });
  await admin.ask(checks.update, { params: { id: theirs!.id }, body: { tags: ["mail"] } });
  const { out } = await diff(1);
  assert.match(
    out,
    /In the files[^]*~ between price[^]*properties\.max: 20 → 30\n[^]*On the server[^]*~ notNull email[^]*tags: \[\] → \["mail"\]\n/,
  );
  const { differences } = JSON.parse((await diff(1, "--json")).out) as { differences: { side: string; kind: string; changes: object }[] };
  assert.deepEqual(
    differences.map(({ side, kind }) => `${side} ${kind}`),
    ["files changed", "server changed"],
  );
  assert.deepEqual(differences[0]!.changes, {
    properties: [
      { min: 0, max: 20 },
      { min: 0, max: 30 },
    ],
  });
  assert.match((await push(0)).out, /: 1 changed\nleft, because they were changed on the server since: 1 check/);
  assert.match((await pull(0)).out, /wrote .*mine\.yaml\n4 checks of landing .*: 1 changed\n$/);
  assert.match(read("mine.yaml"), /refunds are elsewhere[^]*tags: \[mail\]/);
  await diff(0);
});

test("what both sides changed is a conflict that names both, until somebody decides", async () => {
  const [one] = await admin.ask(checks.listing, { query: { datastore: [1], rule_type: ["notNegative"] } });
  const change = (coverage: number) => admin.ask(checks.update, { params: { id: one!.id }, body: { coverage } });
  const now = async () => (await admin.ask(checks.get, { params: { id: one!.id } })).coverage;
  edit("mine.yaml", "fields: [price]", "fields: [price]\n  coverage: 0.9");
  await change(0.8);
  const before = read("mine.yaml");
  for (const ran of [await push(2), await pull(2)]) {
    assert.match(ran.err, /coverage: 0\.8 → 0\.9\n {6}on the server it was changed since:\n {8}coverage: (none|1) → 0\.8\n/);
    assert.match(ran.err, /CHECKS_CONFLICT/);
  }
  assert.match((await diff(1)).out, /On both sides/);
  assert.deepEqual([read("mine.yaml"), await now()], [before, 0.8]);
  await push(0, "--force");
  assert.equal(await now(), 0.9);
  edit("mine.yaml", "coverage: 0.9", "coverage: 0.7");
  await change(0.6);
  await pull(0, "--force");
  assert.match(read("mine.yaml"), /coverage: 0\.6/);
  await diff(0);
});

test("checks that the files no longer have are archived when that is asked for, and said", async () => {
  edit("mine.yaml", "- { rule_type: notNull", "#- { rule_type: notNull");
  assert.match((await push(0)).out, /nothing to push[^]*left, because --prune was not given: 1 check/);
  assert.match((await push(2, "--prune")).err, /OPTION_INVALID[^]*--yes[^]*Archive 1 check\?/);
  assert.match((await push(0, "--prune", "--dry-run")).out, /- notNull email[^]*would push .*: 1 retired/);
  assert.match((await push(0, "--prune", "--yes")).out, /: 1 retired\n$/);
  assert.equal((await admin.ask(checks.listing, { query: { datastore: [1] } })).length, 3);
  await diff(0);
  edit("mine.yaml", "#- { rule_type: notNull", "- { rule_type: notNull");
  assert.match((await push(0)).out, /: 1 added\n$/, "and come back when they stand there again");
  await diff(0);
});

test("what the server changed after the comparison is not overwritten, and nothing is written", async () => {
  edit("mine.yaml", "max: 100", "max: 101");
  edit("mine.yaml", "- { rule_type: notNull", "#- { rule_type: notNull");
  const workspace = await openWorkspace(folder(), {}, { signal: new AbortController().signal }, false);
  const plan = planPush(workspace, { force: true, prune: true });
  assert.deepEqual([plan.sent.length, plan.retired.length], [1, 1]);
  const [theirs] = await admin.ask(checks.listing, { query: { datastore: [1], rule_type: ["notNull"] } });
  await admin.ask(checks.update, { params: { id: theirs!.id }, body: { coverage: 0.5 } });
  await assert.rejects(
    pushChecks(workspace, plan),
    (error: Error) => /CHECKS_CHANGED/.test(JSON.stringify(error)) || /changed since/.test(error.message),
  );
  const { differences } = JSON.parse((await diff(1, "--json")).out) as { differences: { side: string }[] };
  assert.deepEqual(differences.map(({ side }) => side).toSorted(), ["both", "files"], "the other check was not sent either");
  await admin.ask(checks.update, { params: { id: theirs!.id }, body: { coverage: null } });
  edit("mine.yaml", "max: 101", "max: 100");
  edit("mine.yaml", "#- { rule_type: notNull", "- { rule_type: notNull");
  await diff(0);
});

test("a copy whose filter differs is another check", async () => {
  const copied = /- rule_type: between\n(?: {2}.*\n)*?(?=- )/.exec(read("mine.yaml"))![0];
  writeFileSync(file("mine.yaml"), `${read("mine.yaml")}${copied.replace("country = 'NO'", "country = 'DK'")}`);
  assert.match((await push(0)).out, /: 1 added\n$/);
  const uids = [...read("mine.yaml").matchAll(/uid: (\S+)/g)].map(([, uid]) => uid);
  assert.equal(new Set(uids).size, 5);
  await diff(0);
});

test("what the server cannot take is told with its place, and nothing is written", async () => {
  const before = read("mine.yaml");
  writeFileSync(
    file("mine.yaml"),
    `${before}- { rule_type: notNull, container: ordrs, fields: [id] }\n- { rule_type: notNull, container: orders, fields: [nothing] }\n`,
  );
  const { err } = await push(2);
  const line = before.split("\n").length;
  assert.match(err, new RegExp(`CHECKS_REFUSED[^]*mine\\.yaml:${line}: .*ordrs[^]*mine\\.yaml:${line + 1}: .*nothing`));
  writeFileSync(file("mine.yaml"), before);
  await diff(0);
});

// ── Anomalies ───────────────────────────────────────────────────────────────────────────────────────────────────

test("a scan finds what the pushed checks say, and its anomalies are settled", async () => {
  const scan = await status(1, "operations", "run", "scan", "-d", "landing", "--fail-on", "anomalies");
  assert.match(scan.out, /success\n.*checks failed [1-9]/);
  assert.equal((await touchstone(["operations", "run", "scan", "-d", "landing", "--watch"])).status, 0);
  const all = await json<{ id: number; container: { name: string } }[]>("anomalies", "list", "-d", "landing");
  const [first, second] = all.filter(({ container }) => container.name === "orders").map(({ id }) => String(id));
  assert.ok(first !== undefined && second !== undefined, JSON.stringify(all));
  const people = await json<unknown[]>("anomalies", "list", "-c", "people");
  assert.equal(people.length, 1);
  const one = await status(0, "anomalies", "list", "-n", "1", "--sort", "weight");
  assert.match(one.out, /^ *id {2}status[^\n]*\n[^\n]+\n$/);
  assert.equal(one.err, `1 of ${all.length}: --limit shows more\n`);
  assert.match((await status(0, "anomalies", "show", first)).out, /failed check +\d+ /);
  await status(0, "anomalies", "ack", first, second, "--comment", "asked the supplier");
  assert.equal((await json<unknown[]>("anomalies", "list", "--status", "acknowledged")).length, 2);
  await status(0, "anomalies", "resolve", first);
  await status(0, "anomalies", "archive", second, "--as", "Invalid");
  assert.match(
    (await status(0, "anomalies", "list", "--status", "Resolved", "--ndjson")).out,
    /^\{"id":\d+,[^\n]*"status":"Resolved"[^\n]*\}\n$/,
  );
  assert.match((await status(2, "anomalies", "ack", first)).err, /OBJECT_STATE_WRONG/);
  await status(0, "anomalies", "restore", first);
  assert.match((await status(0, "anomalies", "show", first)).out, /status +Active\n[^]*comments +1\n/);
  assert.match((await status(2, "anomalies", "list", "--status", "lost")).err, /OPTION_INVALID/);
  assert.match((await status(2, "anomalies", "show", "x")).err, /OPTION_INVALID/);
});

test("help and completion know the commands of a noun", async () => {
  assert.match((await status(0, "--help")).out, /checks +keep the checks of a server in files/);
  assert.match((await status(0, "checks", "--help")).out, /pull \[options\] \[path\][^]*push \[options\] \[path\]/);
  assert.match((await status(0, "checks", "push", "--help")).out, /--prune[^]*Examples:/);
  assert.match((await status(2, "checks", "pul")).err, /unknown command 'pul'[^]*Did you mean pull/);
  for (const shell of ["bash", "zsh", "fish"]) assert.match((await status(0, "completion", shell)).out, /anomalies[^]*resolve/);
  assert.ok(!existsSync(ground.path("checks/.touchstone-pulled.tmp")));
});
