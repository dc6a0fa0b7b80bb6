/** Secrets that are only named, resolved where the dataplane runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import type { Reach } from "@touchstone/core/model/dataplane";
import { scratch } from "../connectors/scratch.ts";
import { atPath, withSecrets, type SecretSources } from "./secrets.ts";

const reach = (secrets: Record<string, string>, settings: Record<string, unknown> = {}): Reach => ({
  id: 1,
  name: "shop",
  type: "postgresql",
  settings,
  database: null,
  schema: null,
  root_path: null,
  secrets,
});

/** A secrets manager that wants a sign-in first. */
const vault: SecretSources["fetch"] = async (url, { method, headers, body }) => {
  if (url.endsWith("/login") && method === "POST" && body === '{"role":"reader"}') return Response.json({ auth: { client_token: "tok" } });
  if (url.endsWith("/secret") && headers["X-Vault-Token"] === "tok")
    return Response.json({ data: { data: { password: "from vault", pin: "42" } } });
  return new Response("no", { status: 403 });
};
const sources: SecretSources = { environment: { DB_PASSWORD: "from env" }, fetch: vault };
const manager = {
  login_url: "https://vault.example.org/login",
  credentials_payload: { role: "reader" },
  secret_url: "https://vault.example.org/secret",
  data_jsonpath: "$.data.data",
};

test("references are replaced, plain texts stay", async () => {
  const at = scratch();
  try {
    const path = at.write("password", "from file\n");
    const cases: { name: string; given: Reach; secrets: Record<string, string>; settings?: Record<string, unknown> }[] = [
      { name: "plain", given: reach({ password: "p$ss{}" }), secrets: { password: "p$ss{}" } },
      { name: "environment", given: reach({ password: "${DB_PASSWORD}" }), secrets: { password: "from env" } },
      { name: "file", given: reach({ password: `file:${path}` }), secrets: { password: "from file" } },
      { name: "a manager's own names", given: reach({}, { secrets_manager: manager }), secrets: { password: "from vault" } },
      {
        name: "a manager before the environment",
        given: reach({ passphrase: "${pin}" }, { secrets_manager: manager }),
        secrets: { password: "from vault", passphrase: "42" },
      },
      {
        name: "settings too",
        given: reach({}, { username: "${DB_PASSWORD}", port: 5432 }),
        secrets: {},
        settings: { username: "from env", port: 5432 },
      },
    ];
    for (const { name, given, secrets, settings } of cases) {
      const resolved = await withSecrets(given, sources);
      assert.deepEqual(resolved.secrets, secrets, name);
      if (settings !== undefined) assert.deepEqual(resolved.settings, settings, name);
    }
  } finally {
    at.remove();
  }
});

test("all three kinds over the real thing: this process's environment, a file, and a secrets manager that is asked by HTTP", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method} ${request.url} ${body}`);
      const isSignIn = request.url === "/v1/auth/kubernetes/login" && body === '{"role":"reader","jwt":"from a file"}';
      const isSecret = request.url === "/v1/secret/data/shop" && request.headers["x-vault-token"] === "tok";
      if (!isSignIn && !isSecret) return response.writeHead(403).end("{}");
      return response.end(JSON.stringify(isSignIn ? { auth: { client_token: "tok" } } : { data: { data: { password: "from vault" } } }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = scratch();
  process.env["TOUCHSTONE_TEST_USER"] = "from the environment";
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const payload = at.write("payload.json", '{"role":"reader","jwt":"from a file"}\n');
    const resolved = await withSecrets(
      reach(
        { credentials_payload: `file:${payload}` },
        {
          username: "${TOUCHSTONE_TEST_USER}",
          secrets_manager: {
            login_url: `${url}/v1/auth/kubernetes/login`,
            secret_url: `${url}/v1/secret/data/shop`,
            data_jsonpath: "$.data.data",
          },
        },
      ),
    );
    assert.equal(resolved.secrets["password"], "from vault");
    assert.equal(resolved.settings["username"], "from the environment");
    assert.equal(asked.length, 2);
  } finally {
    delete process.env["TOUCHSTONE_TEST_USER"];
    at.remove();
    server.close();
    server.closeAllConnections();
  }
});

test("what cannot be resolved is named, and no secret with it", async () => {
  const cases: { name: string; given: Reach }[] = [
    { name: "environment", given: reach({ password: "${NOT_THERE}" }) },
    { name: "file", given: reach({ password: "file:/nowhere/at-all" }) },
    { name: "sign-in refused", given: reach({}, { secrets_manager: { ...manager, credentials_payload: { role: "nobody" } } }) },
    { name: "no token there", given: reach({}, { secrets_manager: { ...manager, token_jsonpath: "$.nothing" } }) },
  ];
  for (const { name, given } of cases)
    await assert.rejects(
      withSecrets(given, sources),
      (thrown) => thrown instanceof UserError && thrown.info.code === "SECRET_UNRESOLVED" && !thrown.message.includes("reader"),
      name,
    );
});

test("paths into an answer", () => {
  const cases: [unknown, string, unknown][] = [
    [{ a: { b: 1 } }, "$.a.b", 1],
    [{ a: 1 }, "$", { a: 1 }],
    [{ a: 1 }, "a", 1],
    [null, "$.a", undefined],
    [{ a: 1 }, "$.a.b.c", undefined],
  ];
  for (const [value, path, want] of cases) assert.deepEqual(atPath(value, path), want, path);
});
