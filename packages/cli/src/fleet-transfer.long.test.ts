/**
 * A deployment of a fleet changes its owner as both sides would type it: the real kubectl and helm against a cluster that asks who comes,
 * the real control plane. The operator's commands are killed again and again on their way.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import type { Values } from "./commands/command.ts";
import { fleetGroup } from "./commands/fleet/index.ts";
import { fakeDriver } from "@touchstone/deploy/trial/fleet-driver";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { onWrites } from "@touchstone/deploy/trial/writes";
import { titled } from "@touchstone/deploy/trial/backend";
import { spawnTouchstone, touchstone, type Ran } from "./terminal-ground.ts";
import { DEPLOYMENT, NAMESPACE, openTransferGround, RELEASE, type TransferGround } from "./transfer-ground.ts";

const tools = await trialTools();

let at: TransferGround;
let tokens: { operator: string; customer: string };

const words = (line: string): string[] => line.split(" ").map((word) => word.replaceAll("~", " ").replace(/^@/, `${at.ground.folder}/`));
const environment = (who: "operator" | "customer") => ({ TOUCHSTONE_TOKEN: tokens[who], TOUCHSTONE_SERVER: at.pods.url });

/** The operator's word goes by the fleet, the customer's by its own kubeconfig. */
const operator = (line: string): Promise<Ran> => {
  Object.assign(process.env, environment("operator"));
  return touchstone(["fleet", ...words(line), "--folder", at.ground.path("fleet")]);
};
const customer = (line: string, needsCluster = true): Promise<Ran> => {
  Object.assign(process.env, environment("customer"));
  return touchstone(["deploy", "transfer", ...words(line), ...(needsCluster ? ["--kubeconfig", at.customer] : [])]);
};
const expected = (ran: Ran, status: number, says: RegExp): Ran => {
  assert.ok(
    ran.status === status && says.test(ran.out + ran.err),
    `ended with ${ran.status}, not ${status}, or does not say ${String(says)}:\n${ran.out}${ran.err}`,
  );
  return ran;
};

/** A verb whose steps in the cluster are pretended, for it is installed already and has no pods to look at. */
const pretended = async (verb: string, args: string[], values: Values = {}): Promise<number | undefined> => {
  Object.assign(process.env, environment("operator"));
  const quiet = { write: () => true };
  const terminal = { stdout: quiet, stderr: quiet, signal: new AbortController().signal, colour: false };
  const command = fleetGroup(() => fakeDriver().driver).commands.find(({ usage }) => usage.split(" ")[0] === verb);
  return command?.run(args, { ...values, folder: at.ground.path("fleet") }, terminal);
};

const takeIn = async (): Promise<void> => {
  const { cloud: _cloud, ...here } = DEPLOYMENT;
  at.ground.write("quality.yaml", stringify({ ...here, model: "customer" }));
  expected(await operator(`add @quality.yaml --kubeconfig ${at.operator}`), 0, /quality is requested/);
  assert.equal(await pretended("apply", [RELEASE]), 0);
};

const EXPORT =
  "transfer export quality --yes --confirm quality --reason they~take~it~over --key @operator.pem --party Operator --operator Group~operator:admins --operator-domain operator.example";
const REVOKE = "transfer revoke quality --acceptance @acceptance.json --trust @customer.pub.pem";
const paper = (name: string): string => at.ground.path(`fleet/deployments/quality/transfer/${name}`);
const LOOK_MS = 5;
const SIGN = "--key @customer.pem --trust @operator.pub.pem";

/** The proof, killed once it has come so far. */
const killedOnce = async (isTime: () => boolean): Promise<void> => {
  const { child, ended } = spawnTouchstone(["fleet", ...words(REVOKE), "--folder", at.ground.path("fleet")], {
    env: environment("operator"),
  });
  while (child.exitCode === null && !isTime()) await sleep(LOOK_MS);
  child.kill("SIGKILL");
  await ended;
};

suite(titled("a fleet hands a deployment over"), { skip: tools.absent ?? false }, () => {
  before(async () => {
    Object.assign(process.env, tools.env);
    at = await openTransferGround(tools);
    const { db } = at.trial.store;
    const ops = await at.trial.user("Admin", "ops");
    await db.updateTable("user").set({ email: "ops@operator.example" }).where("id", "=", ops.id).execute();
    tokens = { operator: ops.token, customer: at.trial.admin };
    for (const name of ["operator", "customer"]) expected(await touchstone(words(`deploy keys new @${name}`)), 0, /verifies/);
    await takeIn();
  });
  after(() => at?.close());

  test("the papers are made however often it is killed on its way", async () => {
    for (let writes = 1, isDone = false; !isDone; writes++) {
      assert.ok(writes < 30, "it does not come to its end");
      const { child, ended } = spawnTouchstone(["fleet", ...words(EXPORT), "--folder", at.ground.path("fleet")], {
        env: environment("operator"),
      });
      let left = writes;
      const stop = onWrites(at.cluster.objects, NAMESPACE, () => {
        if (--left === 0) child.kill("SIGKILL");
      });
      const ran = await ended;
      stop();
      // Whoever was killed left the lock of the cluster, which ends by itself in half a minute.
      await at.kubectl.remove("lease", "touchstone-deploy");
      if (ran.signal === null) expected(ran, 0, /quality is transferring[^]*waits for what the customer signs/);
      isDone = ran.signal === null;
    }
    expected(await operator("log quality"), 0, /transfer approved[^]*end backup[^]*end hand-over[^]*whole/);
    assert.ok(existsSync(paper("kept.json")));
    expected(await operator(EXPORT), 0, /waits for what the customer signs/);
  });

  test("no verb of the fleet touches it meanwhile", async () => {
    for (const line of [
      "pause quality",
      "backup quality",
      "add @quality.yaml --replace",
      "remove quality --yes --confirm quality --reason no",
    ])
      expected(await operator(line), 2, /FLEET_HANDED_OVER/);
    expected(await operator("apply quality"), 0, /quality is transferring/);
  });

  test("it is taken back: who accepts it then is refused, and it is handed over anew", async () => {
    expected(await operator("transfer cancel quality --reason they~stay"), 2, /--yes/);
    const old = readFileSync(paper("transfer.json"), "utf8");
    at.ground.write("old.json", old);
    const status = await pretended("transfer", ["cancel", RELEASE], { yes: true, reason: "they stay" });
    assert.equal(status, 0, (await operator("log quality")).out);
    expected(await operator("list"), 0, /quality +ready/);
    expected(await customer(`unpack @old.json --trust @operator.pub.pem --party Customer -o @customer`, false), 0, /Operator hands over/);
    expected(
      await customer(`accept @old.json -f @customer/deployment.yaml ${SIGN} --party Customer --yes -o @acceptance.json`),
      2,
      /TRANSFER_NOT_POSSIBLE[^]*taken it back/,
    );
    expected(await operator(EXPORT), 0, /waits for what the customer signs/);
    assert.notEqual(readFileSync(paper("transfer.json"), "utf8"), old);
  });

  test("the customer takes it over; then the operator does not get it back, and proves that it is out", async () => {
    at.ground.write("transfer.json", readFileSync(paper("transfer.json"), "utf8"));
    expected(await customer(`unpack @transfer.json --trust @operator.pub.pem --party Customer -o @customer`, false), 0, /hands over/);
    expected(
      await customer(`accept @transfer.json -f @customer/deployment.yaml ${SIGN} --party Customer --yes -o @acceptance.json`),
      0,
      /acceptance\.json is for the operator/,
    );
    await at.settled();
    expected(await operator("transfer cancel quality --yes"), 1, /forbidden|Forbidden/);
    await killedOnce(() => existsSync(paper("record.json")));
    await killedOnce(() => !existsSync(paper("kept.json")));
    expected(await operator(REVOKE), 0, /waits for the record that the customer has signed too/);
    assert.ok(!existsSync(paper("kept.json")), "what was kept for the proof is gone");
    expected(await operator("transfer cancel quality --yes"), 2, /it is theirs/);
  });

  test("with both signatures it is the customer's, and no verb of the fleet touches it", async () => {
    at.ground.write("record.json", readFileSync(paper("record.json"), "utf8"));
    expected(await operator("transfer close quality @record.json"), 2, /DOCUMENT_SIGNATURE_LACKING/);
    tokens.customer = (await at.anew()).token;
    expected(await customer(`close @record.json -f @customer/deployment.yaml --transfer @transfer.json ${SIGN}`), 0, /signed by both/);
    expected(await operator("transfer close quality @record.json"), 0, /quality is transferred/);
    for (const line of ["pause quality", "backup quality", "transfer cancel quality --yes", REVOKE, EXPORT])
      expected(await operator(line), 2, /FLEET_HANDED_OVER/);
    expected(await operator("apply"), 0, /quality is transferred/);
    expected(await operator("log quality"), 0, /end prove[^]*signed by Operator and Customer[^]*transferred[^]*whole/);
    expected(await operator("show quality"), 0, /by Operator, in place/);
  });

  test("nothing unexpected happened in the platform", () => assert.deepEqual(at.trial.thrown, []));
});
