import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import { newKeyPair, privateKeyIn, publicKeysIn } from "../supply/key.ts";
import { coSign, signDocument } from "../supply/signature.ts";
import { recordFindings, recordOf } from "./closing.ts";
import type { Acceptance, Shape, TransferDocument } from "./document.ts";
import { kindIn, openProof, openRecord } from "./papers.ts";
import { judged, storeRefusal } from "./refused.ts";

const [operatorPair, customerPair, strangerPair] = [newKeyPair(), newKeyPair(), newKeyPair()];
const operator = { name: "Operator", keyId: operatorPair.id };
const customer = { name: "Customer", keyId: customerPair.id };
const DIGEST = `sha256:${"ab".repeat(32)}`;

const transfer = (shape: Shape, isCloud = true): TransferDocument => ({
  version: 1,
  kind: "touchstone-transfer",
  shape,
  madeAt: "2026-01-01T00:00:00.000Z",
  operator,
  operatorDomain: null,
  deployment: { name: "quality" },
  release: { chart: "touchstone-0.1.0", revision: 1, chartDigest: null, manifestDigest: DIGEST, images: [], values: {} },
  infrastructure: isCloud ? { provider: "aws eu-central-1", backend: "s3", resources: 0, imports: "", removed: "" } : null,
  dns: [],
  audit: null,
  groups: [],
  accesses: [],
  credentials: [
    { name: "the key of tokens", rotatedBy: "command", how: "x" },
    { name: "the password of the store", rotatedBy: "person", how: "x" },
  ],
  store: null,
});
const acceptance = (shape: Shape): Acceptance => ({
  version: 1,
  kind: "touchstone-transfer-acceptance",
  transfer: DIGEST,
  shape,
  deployment: "quality",
  acceptedAt: "2026-01-02T00:00:00.000Z",
  operator,
  customer,
  steps: [{ name: "accounts", at: "2026-01-02T00:00:00.000Z", note: "" }],
});
const record = (findings: readonly Finding[], shape: Shape = "in-place", isCloud = true) =>
  recordOf({
    transfer: { document: transfer(shape, isCloud), digest: DIGEST },
    acceptance: { document: acceptance(shape), digest: DIGEST },
    findings,
    now: new Date("2026-01-03T00:00:00Z"),
  });

const REFUSED = [ok("a", "refused")];
const CASES: { name: string; findings: Finding[]; isMade: boolean }[] = [
  { name: "everything was refused", findings: REFUSED, isMade: true },
  { name: "something is only noted", findings: [...REFUSED, note("b", "x", "y", "z")], isMade: true },
  { name: "one was let in", findings: [...REFUSED, problem("b", "x", "y", "z")], isMade: false },
  { name: "one could not be tried", findings: [...REFUSED, unseen("b", "x")], isMade: false },
  { name: "nothing was tried", findings: [], isMade: false },
];
for (const { name, findings, isMade } of CASES)
  test(`a record, where ${name}`, () => {
    if (isMade) assert.deepEqual(record(findings).proof, findings);
    else
      assert.throws(
        () => record(findings),
        (thrown) => toErrorInfo(thrown).code === "TRANSFER_ACCESS_LEFT",
      );
  });

const NOT_PROVED: [shape: Shape, isCloud: boolean, says: RegExp, not: RegExp][] = [
  ["in-place", true, /account at aws[^]*password of the store/, /key of tokens|operator's side/],
  ["in-place", false, /where the cluster itself is run/, /account at/],
  ["move", true, /copies of the store on the operator's side/, /key of tokens/],
];
for (const [shape, isCloud, says, not] of NOT_PROVED)
  test(`what is not proved of ${shape}, ${isCloud ? "in a cloud" : "elsewhere"}`, () => {
    const text = record(REFUSED, shape, isCloud).notProved.join("\n");
    assert.match(text, says);
    assert.doesNotMatch(text, not);
  });

test("a record counts when both have signed it, and with keys that are known", () => {
  const byOperator = signDocument(record(REFUSED), privateKeyIn(operatorPair.privatePem, "o"));
  const both = coSign(byOperator, privateKeyIn(customerPair.privatePem, "c"));
  const keys = (...pairs: (typeof operatorPair)[]) => pairs.flatMap(({ publicPem }) => publicKeysIn(publicPem, "k"));
  const codeOf = (signed: object, ...pairs: (typeof operatorPair)[]) => {
    try {
      openRecord(JSON.stringify(signed), "record", keys(...pairs));
      return null;
    } catch (thrown) {
      return toErrorInfo(thrown).code;
    }
  };
  assert.equal(codeOf(both, operatorPair, customerPair), null);
  assert.equal(codeOf(byOperator, operatorPair, customerPair), "DOCUMENT_SIGNATURE_LACKING");
  assert.equal(codeOf(both, operatorPair), "DOCUMENT_SIGNER_UNKNOWN");
  assert.equal(codeOf(both, operatorPair, strangerPair), "DOCUMENT_SIGNER_UNKNOWN");
  assert.equal(codeOf({ ...both, document: { ...both.document, deployment: "another" } }, operatorPair, customerPair), "DOCUMENT_ALTERED");
  assert.equal(
    codeOf({ ...both, document: { ...both.document, kind: "touchstone-transfer" } }, operatorPair, customerPair),
    "DOCUMENT_INVALID",
  );
  assert.equal(openProof(JSON.stringify(byOperator), "record", keys(operatorPair)).document.customer.name, "Customer");
  assert.equal(kindIn(JSON.stringify(both), "record"), "record");
});

test("a record whose moments do not follow each other says so", () => {
  assert.ok(!recordFindings(record(REFUSED)).some(({ state }) => state === "problem"));
  assert.ok(
    recordFindings({ ...record(REFUSED), acceptedAt: "2025-01-01T00:00:00.000Z" }).some(
      ({ subject, state }) => subject === "order" && state === "problem",
    ),
  );
});

const ANSWERS: [name: string, status: number, stderr: string, state: Finding["state"]][] = [
  ["it works", 0, "", "problem"],
  ["403", 1, 'Error from server (Forbidden): secrets is forbidden: User "x" cannot list resource', "ok"],
  ["401", 1, "error: You must be logged in to the server (Unauthorized)", "ok"],
  [
    "401 while a kind is looked up",
    1,
    "couldn't get current server API group list: the server has asked for the client to provide credentials",
    "ok",
  ],
  ["nobody there", 1, "Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout", "unseen"],
  ["no such context", 1, 'error: context "x" does not exist', "unseen"],
  ["a plugin that is not there", 1, "Unable to connect to the server: getting credentials: exec: executable aws not found", "unseen"],
];
for (const [name, status, stderr, state] of ANSWERS)
  test(`kubectl says: ${name}`, () => assert.equal(judged("a", { status, stderr, stdout: "" }).state, state));

test("a store that opens is a problem, one that refuses is proof, one out of reach is noted", () => {
  const tried = [{ opens: true }, { opens: false }, { why: "no route" }, null];
  assert.deepEqual(
    tried.map((one) => storeRefusal(one).state),
    ["problem", "ok", "note", "note"],
  );
});
