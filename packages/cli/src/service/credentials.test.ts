import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { credentialsFile, forgetLogin, keepLogin, readCredentials } from "./credentials.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-credentials-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = credentialsFile({ XDG_CONFIG_HOME: join(folder, "config") });
const login = (token: string) => ({ token, expires_at: null, authority: null });

test("the file is where people expect it", () => {
  assert.equal(file, join(folder, "config", "touchstone", "servers.json"));
  assert.match(credentialsFile({}), /\.config\/touchstone\/servers\.json$/);
  assert.match(credentialsFile({ XDG_CONFIG_HOME: "" }), /\.config\/touchstone\/servers\.json$/);
});

test("logins are kept by server, the last one is the one that is meant, and only their user reads them", () => {
  assert.deepEqual(readCredentials(file), { current: null, servers: {} });
  keepLogin("https://a", login("1"), file);
  chmodSync(file, 0o644);
  keepLogin("https://b", login("2"), file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(file, "..")).mode & 0o777, 0o700);
  assert.deepEqual(readCredentials(file), { current: "https://b", servers: { "https://a": login("1"), "https://b": login("2") } });
  forgetLogin("https://a", file);
  assert.equal(readCredentials(file).current, "https://b");
  forgetLogin("https://b", file);
  assert.deepEqual(readCredentials(file), { current: null, servers: {} });
  assert.ok(!readFileSync(file, "utf8").includes("token"));
});

test("a damaged file is said, not thrown away", () => {
  writeFileSync(file, "{");
  assert.throws(() => readCredentials(file), /servers\.json/);
  assert.throws(() => keepLogin("https://c", login("3"), file), /servers\.json/);
  assert.equal(readFileSync(file, "utf8"), "{");
});
