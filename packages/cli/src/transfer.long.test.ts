/**
 * A deployment changes its owner in place, as both sides would type it: the real kubectl and helm against a cluster that asks who comes,
 * the real control plane. The takeover is killed again and again on its way.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { isOnRealCluster, titled } from "@touchstone/deploy/trial/backend";
import { PERMIT_NAME, permitOf } from "@touchstone/deploy/updater/permit";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { onWrites } from "@touchstone/deploy/trial/writes";
import { keyStates } from "@touchstone/server/auth/rotation";
import { readKeyRing, type KeyRing } from "@touchstone/server/auth/seal";
import { insertConnection, openSecrets } from "@touchstone/server/store/connections";
import { CANARIES, DEPLOYMENT, NAMESPACE, openTransferGround, secretsIn, type TransferGround } from "./transfer-ground.ts";
import { spawnTouchstone, touchstone, type Ran } from "./terminal-ground.ts";

const tools = await trialTools();
/** An API server believes a token for ten seconds (TokenSuccessCacheTTL of its authentication options, for which it has no flag). */
const BELIEVED_MS = 11_000;

let at: TransferGround;
let customerToken: string;
let operatorToken: string;
let connection: number;

const ringNow = async (): Promise<KeyRing> => readKeyRing((await secretsIn(at.cluster)).ring);

const words = (line: string): string[] =>
  line
    .split(" ")
    .map((word) =>
      word.replaceAll("~", " ").replace(/^@/, `${at.ground.folder}/`).replace("OPERATOR", at.operator).replace("CUSTOMER", at.customer),
    );

/** A command line of one of the two, with their token for the platform. */
const by = async (who: "operator" | "customer", line: string): Promise<Ran> => {
  process.env["TOUCHSTONE_TOKEN"] = who === "operator" ? operatorToken : customerToken;
  process.env["TOUCHSTONE_SERVER"] = at.pods.url;
  const kubeconfig = ["--kubeconfig", who === "operator" ? at.operator : at.customer];
  const needsCluster = !/transfer (verify|unpack)/.test(line);
  return touchstone(["deploy", ...words(line), ...(needsCluster ? kubeconfig : [])]);
};

const expected = (ran: Ran, status: number, says: RegExp): Ran => {
  assert.ok(
    ran.status === status && says.test(ran.out + ran.err),
    `ended with ${ran.status}, not ${status}, or does not say ${String(says)}:\n${ran.out}${ran.err}`,
  );
  return ran;
};

/** Pushed upgrades of the operator. */
const permit = (): object =>
  permitOf(
    {
      text: stringify({
        ...DEPLOYMENT,
        upgrades: "namespace-admin",
        updater: { pointer: "https://releases.operator.example/stable.json" },
      }),
      values: {},
      keysPem: readFileSync(at.ground.path("operator.pub.pem"), "utf8"),
    },
    "deployment.yaml",
  ).object;

const SIGN = { operator: "--key @operator.pem --trust @customer.pub.pem", customer: "--key @customer.pem --trust @operator.pub.pem" };
const EXPORT = `transfer export -f @deployment.yaml --key @operator.pem --party Operator --operator Group~operator:admins --operator-domain operator.example --keep @kept.json -o @transfer.json`;
const ACCEPT = `transfer accept @transfer.json -f @customer/deployment.yaml ${SIGN.customer} --party Customer -o @acceptance.json`;
const REVOKE = `transfer revoke @transfer.json -f @deployment.yaml ${SIGN.operator} --keep @kept.json -o @record.json`;
const VERIFY = "transfer verify @record.json --trust @operator.pub.pem --trust @customer.pub.pem";

suite(titled("a transfer in place"), { skip: tools.absent ?? false }, () => {
  before(async () => {
    Object.assign(process.env, tools.env);
    at = await openTransferGround(tools);
    customerToken = at.trial.admin;
    const { db } = at.trial.store;
    const operator = await at.trial.user("Admin", "ops");
    await db.updateTable("user").set({ email: "ops@operator.example" }).where("id", "=", operator.id).execute();
    operatorToken = operator.token;
    connection = await insertConnection(db, await ringNow(), {
      name: "warehouse",
      type: "postgresql",
      password: "canary-of-the-warehouse",
    });
    for (const name of ["operator", "customer", "stranger"]) expected(await touchstone(words(`deploy keys new @${name}`)), 0, /verifies/);
    await at.kubectl.create(permit());
  });
  after(() => at?.close());

  test("the operator says what it hands over, and no secret is in it", async () => {
    expected(
      await by("operator", EXPORT),
      0,
      /operator's {2}RoleBinding operators: Group operator:admins \(admin\)[^]*operator's {2}pushed upgrades ConfigMap touchstone-upgrades: key sha256:[^]*operator's {2}user \d+: ops@operator\.example/,
    );
    const text = readFileSync(at.ground.path("transfer.json"), "utf8");
    for (const canary of CANARIES) assert.ok(!text.includes(canary), canary);
    for (const secret of [operatorToken, customerToken]) assert.ok(!text.includes(secret));
    assert.match(text, /connection warehouse: password/);
    assert.match(text, /role\/ops/);
  });

  test("a document that was changed, or signed by somebody else, is refused", async () => {
    const unpack = "--party Customer -o @customer";
    const text = readFileSync(at.ground.path("transfer.json"), "utf8");
    at.ground.write("tampered.json", text.replace('"fqdn": "quality.example.org"', '"fqdn": "quality.example.net"'));
    expected(await by("customer", `transfer unpack @tampered.json --trust @operator.pub.pem ${unpack}`), 2, /DOCUMENT_ALTERED/);
    expected(await by("customer", `transfer unpack @transfer.json --trust @stranger.pub.pem ${unpack}`), 2, /DOCUMENT_SIGNER_UNKNOWN/);
    expected(
      await by("customer", `transfer unpack @transfer.json --trust @operator.pub.pem ${unpack}`),
      0,
      /Operator hands over quality, in-place/,
    );
    assert.match(readFileSync(at.ground.path("customer/deployment.yaml"), "utf8"), /operator_principals: \[\]/);
  });

  test("too early, the operator is still in, and says so itself", async () => {
    const looked = expected(
      await by("operator", REVOKE),
      1,
      /problem\s+cluster: read secrets[^]*problem\s+token of the operator[^]*problem\s+dataplane default/,
    );
    assert.match(looked.err, /nothing is signed/);
    assert.ok(!existsSync(at.ground.path("record.json")));
  });

  test("what would be done is shown first, and not by one who would lose his own way in", async () => {
    expected(await by("customer", `${ACCEPT} --dry-run`), 0, /to do {2}the operator's accounts/);
    expected(await by("customer", ACCEPT), 2, /--yes/);
    process.env["TOUCHSTONE_TOKEN"] = operatorToken;
    const asOperator = await touchstone(["deploy", ...words(`${ACCEPT} --yes`), "--kubeconfig", at.customer, "--token", operatorToken]);
    expected(asOperator, 2, /TRANSFER_NOT_POSSIBLE[^]*of the operator/);
  });

  test("the takeover is killed at each write, and ends the same", async () => {
    // Further each time, so that it gets on; what is done before the place where it stopped is looked at again.
    for (let writes = 1, more = 1, isDone = false; !isDone; writes += more++) {
      assert.ok(writes < 60, "it does not come to its end");
      const { child, ended } = spawnTouchstone(["deploy", ...words(`${ACCEPT} --yes`), "--kubeconfig", at.customer], {
        env: { TOUCHSTONE_TOKEN: customerToken, TOUCHSTONE_SERVER: at.pods.url },
      });
      let left = writes;
      const stop = onWrites(at.cluster.objects, NAMESPACE, () => {
        if (--left === 0) child.kill("SIGKILL");
      });
      const ran = await ended;
      stop();
      // Whoever was killed left the lock, which ends by itself after a while.
      await at.kubectl.remove("lease", "touchstone-deploy");
      if (ran.signal === null) expected(ran, 0, /acceptance\.json is for the operator/);
      isDone = ran.signal === null;
    }
    await at.settled();
  });

  test("the store opens with the new key alone, and nothing that the operator had is worth anything", async () => {
    const { db } = at.trial.store;
    const ring = await ringNow();
    assert.deepEqual(
      (await keyStates(db, ring)).map(({ use, secrets }) => [use, secrets]),
      [["current", 1]],
    );
    assert.deepEqual(await openSecrets(db, ring, connection), { password: "canary-of-the-warehouse" });
    const journal = expected(await by("customer", "transfer status -f @deployment.yaml"), 0, /keys-alone/);
    assert.equal([...journal.out.matchAll(/keys-behind/g)].length, 1, "each step is done once");
    const looked = expected(await by("operator", REVOKE), 0, /ok\s+cluster: read secrets\s+refused[^]*403/);
    assert.match(looked.out, /ok\s+token of the operator\s+refused \(401\)/);
    assert.match(looked.out, /ok\s+dataplane default\s+refused \(401\)/);
    at.people.delete("operators-token");
    if (isOnRealCluster()) await sleep(BELIEVED_MS);
    expected(await by("operator", REVOKE), 0, /ok\s+cluster: read secrets\s+refused[^]*401/);
  });

  test("the record is signed by one, then by both, and anybody can check it", async () => {
    expected(await by("operator", `${REVOKE} --acceptance @transfer.json`), 2, /DOCUMENT_INVALID/);
    expected(await by("operator", `${REVOKE} --acceptance @acceptance.json`), 0, /record\.json is for the customer/);
    assert.ok(!existsSync(at.ground.path("kept.json")), "what was kept for the proof is gone");
    expected(await by("customer", VERIFY), 2, /DOCUMENT_SIGNATURE_LACKING/);
    // After the takeover every token is void: the customer has signed in anew.
    customerToken = (await at.anew()).token;
    const closing = `transfer close @record.json -f @customer/deployment.yaml --transfer @transfer.json ${SIGN.customer}`;
    await at.kubectl.create(at.binding("by-hand", "ops@operator.example"));
    expected(await by("customer", closing), 1, /problem\s+cluster\s+RoleBinding by-hand lets in User ops@operator\.example/);
    await at.kubectl.remove("rolebinding", "by-hand");
    assert.equal(await at.kubectl.get("configmap", PERMIT_NAME), null, "the takeover has ended pushed upgrades");
    await at.kubectl.create(permit());
    expected(await by("customer", closing), 1, /problem\s+cluster\s+pushed upgrades ConfigMap touchstone-upgrades lets in key sha256:/);
    await at.kubectl.remove("configmap", PERMIT_NAME);
    expected(await by("customer", closing), 0, /nobody of the operator's is left[^]*audit log\s+it still holds[^]*signed by both/);
    expected(await by("customer", VERIFY), 0, /quality went from Operator to Customer[^]*note\s+not proved/);
    const text = readFileSync(at.ground.path("record.json"), "utf8");
    at.ground.write("record.json", text.replace('"state": "ok"', '"state": "note"'));
    expected(await by("customer", VERIFY), 2, /DOCUMENT_ALTERED/);
  });

  test("nothing unexpected happened in the platform", () => assert.deepEqual(at.trial.thrown, []));
});
