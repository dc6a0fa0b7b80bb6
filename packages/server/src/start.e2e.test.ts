/** A control plane over a real connection: what a test in process cannot see. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { readConfig } from "./config.ts";
import { start, type Started } from "./start.ts";
import { layStore } from "./trial/store.ts";

let folder: string;
let started: Started;
const log: string[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-start-"));
  await layStore(folder);
  const config = readConfig({ port: "0", data: folder, log_level: "debug" }, {});
  const logTo = { write: (line: string) => void log.push(line) };
  started = await start({ config, version: "0.0.0-test", logTo });
});
after(async () => {
  await started.stop();
  await rm(folder, { recursive: true });
});

const PASSWORD = "correct horse battery";
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${started.url}/api${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

test("the first administrator is made with the printed code, signs in, and is known by the cookie", async () => {
  const first = { code: started.setupCode, email: "ada@example.org", name: "Ada", password: PASSWORD };
  const made = await post("/setup", first);
  assert.equal(made.status, 201, await made.clone().text());
  const { token } = z.object({ token: z.string() }).parse(await made.json());
  assert.equal(
    (await post("/auth/login", { email: "ada@example.org", password: "wrong" }, { "x-forwarded-for": "203.0.113.9" })).status,
    401,
  );
  const login = await post("/auth/login", { email: "ada@example.org", password: PASSWORD });
  assert.equal(login.status, 200);
  const cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const sessions = await fetch(`${started.url}/api/auth/sessions`, { headers: { cookie } });
  const { items } = z.object({ items: z.array(z.object({ address: z.string() })) }).parse(await sessions.json());
  assert.deepEqual(items, [{ address: "127.0.0.1" }], "the address is that of the connection");
  const audit = await (await fetch(`${started.url}/api/audit`, { headers: { authorization: `Bearer ${token}` } })).text();
  assert.ok(audit.includes('"session.refuse"') && !audit.includes("203.0.113.9"));
  const health = await fetch(`${started.url}/api/health`);
  assert.match(health.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
  const text = log.join("");
  for (const secret of [PASSWORD, cookie.split("=")[1] ?? "?", token, started.setupCode ?? "?"]) assert.ok(!text.includes(secret));
});
