/** Bundles as whole archives: what is in them, and that no secret is, wherever it was. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { BARE, CANARIES, filledWith, KINDS, seenIn, type Canary } from "../trial/canaries.ts";
import { packed, type Bundle } from "./bundle.ts";
import { logsOf, tailOf } from "./logs.ts";
import { knownSecrets } from "./secret-summary.ts";
import type { Piece } from "./gather.ts";
import { tarball } from "./tarball.ts";

const ABOUT = { deployment: "acme", namespace: "quality", takenAt: "2026-11-26T00:00:00.000Z" };
const KEY = Buffer.alloc(32, 7);
const pack = (pieces: readonly Piece[], known: readonly string[] | null = []): Bundle => packed(pieces, { known, key: KEY, about: ABOUT });

/** What `tar` makes of an archive: the text of a file in it, or the list of all. */
const tar = (archive: Buffer, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync("tar", [...args, "--file", "-"], { input: archive });
  assert.equal(status, 0, String(stderr));
  return stdout.toString("utf8");
};
const textOf = (archive: Buffer, name: string): string => tar(archive, "--extract", "--gzip", "--to-stdout", name);
const list = (archive: Buffer): string[] => tar(archive, "--list", "--gzip").trim().split("\n");

const object = (kind: string, name: string, rest: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind,
  metadata: { name, ...metadata },
  ...rest,
});

/** A canary wherever a piece can hold one. */
const piecesWith = ({ text }: Canary): Piece[] => [
  {
    path: "logs/pod/api.log",
    content: `2026-11-26T00:00:00Z starting\n2026-11-26T00:00:01Z ${text}\n{"level":50,"msg":${JSON.stringify(text)}}\n${text}\n`,
  },
  { path: "logs/pod/sidecar.log", why: text },
  {
    path: "configmap.yaml",
    content: object(
      "ConfigMap",
      "one",
      {
        data: { plain: text, "app.yaml": `a:\n  b: ${JSON.stringify(text)}\n`, "app.json": JSON.stringify({ a: [text] }) },
        binaryData: { x: Buffer.from(text).toString("base64") },
      },
      { annotations: { note: text, "kubectl.kubernetes.io/last-applied-configuration": text } },
    ),
  },
  {
    path: "secrets.yaml",
    content: [
      object(
        "Secret",
        "one",
        { data: { a: Buffer.from(text).toString("base64") }, stringData: { b: text } },
        { annotations: { note: text } },
      ),
    ],
  },
  {
    path: "helm/manifest.yaml",
    content: [
      object("Secret", "one", { stringData: { b: text } }),
      object("Pod", "two", { spec: { containers: [{ name: "a", args: [text], env: [{ name: "X", value: text }] }] } }),
    ],
  },
  {
    path: "helm/values.yaml",
    content: { extraObjects: [object("Secret", "one", { stringData: { b: text } })], deep: [{ er: text }], [text]: text },
  },
  { path: "helm/hooks.yaml", content: `no: [objects\n${text}` },
  { path: "deployment.yaml", content: { version: 1, owner: text, values: { any: { where: text } } } },
  { path: "events.yaml", content: [object("Event", "one", { message: `Failed: ${text}`, reason: text })] },
  { path: "preflight.yaml", content: [{ subject: "egress", found: text, todo: text }] },
];

for (const canary of CANARIES)
  test(`no secret is in the archive: ${canary.name}`, () => {
    const { archive } = pack(piecesWith(canary));
    assert.deepEqual(seenIn(gunzipSync(archive).toString("utf8"), canary), []);
  });

test("no secret is in the archive: one in every field of each kind", () => {
  const pieces = KINDS.map((kind, at): Piece => ({
    path: `${kind}.yaml`,
    content: filledWith(kind, CANARIES[at % CANARIES.length]?.text ?? ""),
  }));
  const told = gunzipSync(pack(pieces).archive).toString("utf8");
  for (const canary of CANARIES) assert.deepEqual(seenIn(told, canary), [], canary.name);
});

test("a plain password is found where its place or a Secret tells it, and then everywhere", () => {
  const secret = object("Secret", "one", {
    data: { password: Buffer.from(BARE.text).toString("base64"), username: Buffer.from("touchstone").toString("base64") },
  });
  const known = knownSecrets([secret]);
  assert.deepEqual(known, [BARE.text]);
  const docker = JSON.stringify({ auths: { "r.example.org": { username: "me", password: "c4naryPull", auth: "bWU6eA==" } } });
  assert.deepEqual(knownSecrets([object("Secret", "two", { stringData: { ".dockerconfigjson": docker } })]).slice(1), [
    "c4naryPull",
    "bWU6eA==",
  ]);
  const told = (pieces: readonly Piece[], known: readonly string[]) => gunzipSync(pack(pieces, known).archive).toString("utf8");
  assert.deepEqual(seenIn(told(piecesWith(BARE), known), BARE), [], "because a Secret holds it");
  const variable: Piece = {
    path: "pod.yaml",
    content: object("Pod", "p", { spec: { containers: [{ name: "a", env: [{ name: "PROXY_PASSWORD", value: BARE.text }] }] } }),
  };
  assert.deepEqual(seenIn(told([variable, ...piecesWith(BARE)], []), BARE), [], "because a variable is named so");
  assert.notDeepEqual(
    seenIn(told([{ path: "a.log", content: `they say ${BARE.text}` }], []), BARE),
    [],
    "otherwise nothing tells it, as the documentation says",
  );
});

test("the same pieces make the same archive, in any order", () => {
  const pieces = CANARIES.slice(0, 3)
    .flatMap(piecesWith)
    .map((piece, at): Piece => ({ ...piece, path: `${at}/${piece.path}` }));
  assert.deepEqual(pack(pieces).archive, pack(pieces).archive);
  const there = pieces.filter((piece) => "content" in piece);
  assert.deepEqual(pack(there).archive, pack(there.toReversed()).archive);
});

test("equal values of Secrets have equal digests within a bundle, and others in the next", () => {
  const secret = (name: string, data: Record<string, string>) => object("Secret", name, { type: "Opaque", data });
  const pieces: Piece[] = [{ path: "secrets.yaml", content: [secret("one", { b: "eA==", a: "eQ==" }), secret("two", { c: "eA==" })] }];
  const digests = (key: Buffer) =>
    [
      ...textOf(packed(pieces, { known: [], key, about: ABOUT }).archive, "touchstone-acme/secrets.yaml").matchAll(
        /name: (\w)\n\s+digest: (\w+)/g,
      ),
    ].map(([, name, digest]) => [name, digest]);
  const [a, b, c] = digests(KEY);
  assert.deepEqual([a?.[0], b?.[0], c?.[0]], ["a", "b", "c"]);
  assert.equal(b?.[1], c?.[1]);
  assert.notEqual(a?.[1], b?.[1]);
  assert.notEqual(digests(Buffer.alloc(32, 8))[1]?.[1], b?.[1]);
});

test("what helm keeps of a release is left out", () => {
  const release = object("Secret", "sh.helm.release.v1.acme.v1", { type: "helm.sh/release.v1", data: { release: "SDRzSUFBQUFBQUFB" } });
  const told = textOf(pack([{ path: "secrets.yaml", content: [release] }]).archive, "touchstone-acme/secrets.yaml");
  assert.match(told, /keys: "left out/);
  assert.doesNotMatch(told, /SDRz/);
});

test("the index lists what is in it, and what is not and why", () => {
  const { archive, index } = pack(
    [
      { path: "a.yaml", content: { a: 1 } },
      { path: "logs/p/c.log", why: "it is waiting to start" },
    ],
    null,
  );
  assert.deepEqual(list(archive), ["touchstone-acme/a.yaml", "touchstone-acme/index.json"]);
  assert.deepEqual(JSON.parse(textOf(archive, "touchstone-acme/index.json")), index);
  assert.deepEqual(index.missing, [{ path: "logs/p/c.log", why: "it is waiting to start" }]);
  assert.equal(index.secretsKnown, null);
  assert.deepEqual(
    index.files.map(({ path, bytes }) => [path, bytes]),
    [["a.yaml", 5]],
  );
});

test("files are called as their objects are, hashes of ReplicaSets included, and two whose names are hidden are two", () => {
  const token = (letter: string) => `logs/tsdp_${letter.repeat(64)}/api.log`;
  const paths = [
    "objects/ReplicaSet/quality-touchstone-798788d489.yaml",
    "objects/ReplicaSet/quality-touchstone-dataplane-default-6c49bc7d6.yaml",
    "objects/ReplicaSet/quality-touchstone-dataplane-default-7b5d9f8c4f.yaml",
  ];
  const { index } = pack([...paths, token("a"), token("b")].map((path) => ({ path, content: path })));
  assert.deepEqual(
    index.files.map(({ path }) => path),
    ["logs/[redacted]/api-2.log", "logs/[redacted]/api.log", ...paths],
  );
});

const NAMES: readonly string[] = [
  "a",
  "b".repeat(100),
  `${"c".repeat(90)}/${"d".repeat(90)}.log`,
  `${"e".repeat(253)}/${"f".repeat(63)}.log`,
  "\u00fc/\u{1f353}",
];
test("names of any length, and texts of any size, come out as they went in", () => {
  const files = new Map(NAMES.map((name, at) => [name, "x".repeat(at * 512)]));
  const archive = tarball(files);
  const listed = tar(archive, "--list", "--gzip", "--quoting-style=literal", "--verbose", "--numeric-owner").trim().split("\n");
  assert.deepEqual(
    listed.map((line) => line.replace(/^-rw-r--r-- 0\/0\s+(\d+) 1970-01-01 \d\d:\d\d /, "$1 ")),
    [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `${text.length} ${name}`),
  );
  for (const [name, text] of files) assert.equal(textOf(archive, name), text);
});

test("logs: one a container, and the one before where it was started again; their ends are kept", () => {
  const pod = object("Pod", "p", {
    spec: { initContainers: [{ name: "wait" }], containers: [{ name: "api" }, { name: "side" }] },
    status: {
      containerStatuses: [
        { name: "api", restartCount: 2 },
        { name: "side", restartCount: 0 },
      ],
    },
  });
  assert.deepEqual(
    logsOf(pod).map(({ container, previous }) => `${container}${previous ? " before" : ""}`),
    ["wait", "api", "api before", "side"],
  );
  assert.deepEqual(logsOf(object("Pod", "p", { spec: {} })), []);
  const texts: readonly [string, number, string][] = [
    ["a\nb\n", 10, "a\nb\n"],
    ["", 10, ""],
    ["aaaa\nbbbb\ncccc\n", 12, "(the beginning is left out)\nbbbb\ncccc\n"],
  ];
  for (const [text, most, expected] of texts) assert.equal(tailOf(text, most), expected);
});
