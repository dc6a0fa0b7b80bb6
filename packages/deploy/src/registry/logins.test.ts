/** Which login is whose. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loginFiles, loginFor, loginsIn } from "./logins.ts";

const at = (registry: string, repository = "touchstone/releases") => ({ registry, repository });
const file = (auths: object): string => JSON.stringify({ auths });
const basic = (text: string): string => Buffer.from(text).toString("base64");

const CASES: readonly [what: string, text: string, registry: string, expected: string | null][] = [
  ["its registry's", file({ "r.example.org": { auth: "eDp5" } }), "r.example.org", "eDp5"],
  ["as a Secret of kubectl has it", file({ "r.example.org": { username: "x", password: "y" } }), "r.example.org", basic("x:y")],
  ["by its address", file({ "https://r.example.org/v2/": { auth: "eDp5" } }), "r.example.org", "eDp5"],
  [
    "the path's before the registry's",
    file({ "r.example.org": { auth: "YTpi" }, "r.example.org/touchstone": { auth: "eDp5" } }),
    "r.example.org",
    "eDp5",
  ],
  ["another registry's", file({ "r.example.org": { auth: "eDp5" } }), "s.example.org", null],
  ["another port's", file({ "r.example.org": { auth: "eDp5" } }), "r.example.org:5000", null],
  ["one that a program keeps", JSON.stringify({ auths: { "r.example.org": {} }, credsStore: "desktop" }), "r.example.org", null],
  ["an empty one", file({ "r.example.org": { auth: "" } }), "r.example.org", null],
  ["one that was wrapped", file({ "r.example.org": { auth: "eD\np5\n" } }), "r.example.org", "eDp5"],
  ["one that is no base64", file({ "r.example.org": { auth: "\n!" } }), "r.example.org", null],
  ["docker's own", file({ "https://index.docker.io/v1/": { auth: "eDp5" } }), "docker.io", "eDp5"],
  ["what is no JSON", "{", "r.example.org", null],
  ["what is no such file", "[]", "r.example.org", null],
  ["a name of every object", file({}), "constructor", null],
];
for (const [what, text, registry, expected] of CASES)
  test(`login: ${what}`, () => assert.equal(loginFor(loginsIn(text), at(registry))?.basic ?? null, expected));

test("a file that was named is the only one that is read", () => {
  assert.deepEqual(loginFiles({ HELM_REGISTRY_CONFIG: "/etc/touchstone/registry/config.json", HOME: "/h" }), [
    "/etc/touchstone/registry/config.json",
  ]);
  const usual = loginFiles({ HOME: "/h", DOCKER_CONFIG: "/d", XDG_RUNTIME_DIR: "/r" });
  for (const path of ["/h/.config/helm/registry/config.json", "/d/config.json", "/r/containers/auth.json"])
    assert.ok(usual.includes(path), path);
});
