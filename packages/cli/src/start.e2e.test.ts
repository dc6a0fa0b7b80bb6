/** The service as a process of its own: begun, cut off while it makes its store, stopped by npm's double Ctrl-C, and begun again. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnTouchstone } from "./terminal-ground.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-service-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const WAIT_MS_MAX = 120_000;

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + WAIT_MS_MAX; !holds(); await sleep(20)) assert.ok(Date.now() < end, `${what} did not come`);
};

const begin = () => {
  const process = spawnTouchstone(["start", "--no-demo", "--port", "0", "--data", folder]);
  // Where the test fails before it ends it.
  after(() => void process.child.kill("SIGKILL"));
  let out = "";
  process.child.stdout?.on("data", (text: string) => (out += text));
  return { ...process, out: () => out };
};

const store = join(folder, "store");
const filesOfStore = (): number => (existsSync(store) && statSync(store).isDirectory() ? readdirSync(store).length : 0);

test("killed while it makes its store, it makes it anew", async () => {
  const cut = begin();
  await until("the first files of the store", () => filesOfStore() > 5);
  cut.child.kill("SIGKILL");
  await cut.ended;
  assert.ok(existsSync(`${store}.unfinished`), "it was killed too late: the case says nothing");
  const whole = begin();
  await until("an answer", () => whole.out().includes("the control plane answers"));
  assert.ok(!existsSync(`${store}.unfinished`));
  whole.child.kill("SIGTERM");
  assert.equal((await whole.ended).status, 130);
});

test("interrupted twice at once it stops in order, and gives its folder back", async () => {
  const { child, ended, out } = begin();
  await until("an answer", () => out().includes("the control plane answers"));
  // It comes after the address.
  await until("the code", () => /Set-up code: \S+\s/.test(out()));
  const [, url = ""] = /answers at (\S+)/.exec(out()) ?? [];
  const [, code = ""] = /Set-up code: (\S+)/.exec(out()) ?? [];
  const person = { code, email: "ada@example.org", name: "Ada", password: "correct horse battery" };
  const headers = { "content-type": "application/json" };
  const made = await fetch(`${url}/api/setup`, { method: "POST", headers, body: JSON.stringify(person) });
  assert.equal(made.status, 201, await made.text());
  child.kill("SIGINT");
  child.kill("SIGINT");
  const { status, out: whole } = await ended;
  assert.equal(status, 130);
  assert.match(whole, /the control plane has stopped/);
  assert.ok(!existsSync(join(folder, "lock")));
});

test("with an administrator no code is printed", async () => {
  const { child, ended, out } = begin();
  await until("an answer", () => out().includes("the control plane answers"));
  child.kill("SIGTERM");
  assert.doesNotMatch((await ended).out, /code/i);
});
