/** A deployment of a fleet on its way to another owner: what is done when, what is refused meanwhile, and that it is nobody else's in the end. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { newKeyPair, privateKeyIn, publicKeysIn } from "../supply/key.ts";
import { coSign, signDocument, type Signed } from "../supply/signature.ts";
import type { Acceptance, TransferRecord } from "../transfer/document.ts";
import { deploymentText, trialFleet, type TrialFleet } from "../trial/fleet.ts";
import { codeIs } from "../trial/thrown.ts";
import { approveTransfer, bringAcceptance, bringRecord, cancelTransfer } from "./handing-over.ts";
import { approveRemoval, replace, suspend, takeBackup, unsuspend } from "./operator.ts";
import { reconcile, type Outcome } from "./reconcile.ts";
import type { FleetRecord, Terms } from "./record.ts";
import { begun, holdRollout, runRollout } from "./run-rollout.ts";
import type { Held } from "./store.ts";

let trial: TrialFleet;
beforeEach(async () => {
  trial = trialFleet();
  trial.add("acme", "stable", "thu 10:00-14:00");
  await reconcile(trial.fleet, "acme", trial.options);
  trial.fake.asked.length = 0;
});
afterEach(() => trial.close());

const recordOf = (): FleetRecord => trial.fleet.read("acme").record;
const asked = (): string[] => trial.fake.asked.splice(0).map((id) => id.replace("acme:", ""));
/** As `touchstone fleet apply` does, and as `touchstone fleet transfer` does, with what it writes down first. */
const apply = (): Promise<Outcome> => reconcile(trial.fleet, "acme", trial.options);
const transfer = (entry: (held: Held<FleetRecord>) => unknown): Promise<Outcome> =>
  reconcile(trial.fleet, "acme", { ...trial.options, openHands: () => trial.fake.hands }, (held) => void entry(held));

const TERMS: Terms = {
  party: "Operator",
  key: "operator.pem",
  operators: ["Group operator:admins"],
  domain: null,
  state: null,
  store: null,
  keysFile: null,
};
const begin = (terms: Partial<Terms> = {}): Promise<Outcome> =>
  transfer((held) => approveTransfer(trial.fleet, held, { reason: "they take it over", terms: { ...TERMS, ...terms } }, trial.who));
const cancel = (): Promise<Outcome> => transfer((held) => cancelTransfer(held, "they stay"));

const [OPERATOR, CUSTOMER, STRANGER] = [newKeyPair(), newKeyPair(), newKeyPair()];
const TRUSTED = [OPERATOR, CUSTOMER].flatMap(({ publicPem }) => publicKeysIn(publicPem, "keys"));
const PARTIES = { operator: { name: "Operator", keyId: OPERATOR.id }, customer: { name: "Customer", keyId: CUSTOMER.id } };
const AT = "2026-01-01T12:00:00.000Z";
const STEPS = [{ name: "accounts", at: AT, note: "" }];

const accepted = (of: string, by = CUSTOMER, acceptedAt = AT): Signed => {
  const said: Acceptance = {
    version: 1,
    kind: "touchstone-transfer-acceptance",
    transfer: of,
    shape: "in-place",
    deployment: "acme",
    acceptedAt,
    ...PARTIES,
    customer: { name: "Customer", keyId: by.id },
    steps: STEPS,
  };
  return signDocument(said, privateKeyIn(by.privatePem, "key"));
};
const proved = (of: string, acceptance: string): Signed => {
  const said: TransferRecord = {
    version: 1,
    kind: "touchstone-transfer-record",
    transfer: of,
    acceptance,
    shape: "in-place",
    deployment: "acme",
    exportedAt: AT,
    acceptedAt: AT,
    closedAt: AT,
    ...PARTIES,
    audit: null,
    store: null,
    steps: STEPS,
    proof: [{ subject: "cluster", state: "ok", found: "refused", needs: null, todo: null }],
    notProved: [],
  };
  return signDocument(said, privateKeyIn(OPERATOR.privatePem, "key"));
};
const bySigned = (signed: Signed) => ({ text: JSON.stringify(signed), file: "paper.json" });
const accept = (signed: Signed): Promise<Outcome> =>
  transfer((held) =>
    bringAcceptance(trial.fleet, held, { paper: bySigned(signed), trusted: TRUSTED, pem: CUSTOMER.publicPem, destroys: false }),
  );
const close = (signed: Signed): Promise<Outcome> =>
  transfer((held) => bringRecord(trial.fleet, held, { paper: bySigned(signed), trusted: TRUSTED }));
const documentOf = (): string => recordOf().transfer?.document ?? "";

const rollOut = async (): Promise<void> => {
  const held = holdRollout(trial.fleet, trial.who);
  try {
    const first = begun(held.read(), { to: "0.2.0", soakMinutes: {}, replace: true }, trial.clock.now.toISOString());
    held.commit(first, { what: "begun", detail: "" });
    assert.equal((await runRollout(trial.fleet, held, trial.options)).state, "finished");
  } finally {
    held.release();
  }
};

/** Every verb that would change it. */
const leftAlone = async (state: string): Promise<void> => {
  const handedOver = codeIs("FLEET_HANDED_OVER");
  const given = { text: deploymentText("acme", { size: "small" }), file: "acme.yaml", kubeconfig: null, window: null };
  assert.throws(() => replace(trial.fleet, given), handedOver);
  assert.throws(() => suspend(trial.fleet, "acme", "an audit", trial.who), handedOver);
  assert.throws(() => unsuspend(trial.fleet, "acme", trial.who), handedOver);
  assert.throws(
    () => approveRemoval(trial.fleet, "acme", { reason: "it ended", wish: { kind: "without" }, backup: null }, trial.who),
    handedOver,
  );
  await assert.rejects(takeBackup(trial.fleet, "acme", trial.options), handedOver);
  await rollOut();
  assert.deepEqual([(await apply()).state, asked(), recordOf().runs], [state, [], "0.1.0"]);
};

test("it is handed over: a backup in the cluster, the papers, the proof; then it is theirs", async () => {
  assert.match((await begin()).why, /waits for what the customer signs/);
  assert.deepEqual(asked(), ["backup", "hand-over"]);
  await leftAlone("transferring");
  await accept(accepted(documentOf()));
  assert.deepEqual(asked(), ["prove"]);
  const record = proved(documentOf(), recordOf().transfer?.acceptance ?? "");
  await assert.rejects(close(record), codeIs("DOCUMENT_SIGNATURE_LACKING"));
  assert.equal((await close(coSign(record, privateKeyIn(CUSTOMER.privatePem, "key")))).state, "transferred");
  await leftAlone("transferred");
  for (const late of [begin, cancel, () => accept(accepted(documentOf()))])
    await assert.rejects(late(), codeIs("FLEET_HANDED_OVER", /both sides have signed/));
  assert.equal(trial.fleet.log("acme").fault, null);
});

test("it waits for its window, and for who can do it", async () => {
  trial.clock.now = new Date("2026-01-01T16:00:00Z");
  assert.match((await begin()).why, /waits for its window, from 2026-01-08T10:00/);
  await rollOut();
  trial.clock.now = new Date("2026-01-08T10:00:00Z");
  assert.match((await apply()).why, /touchstone fleet transfer export goes on/);
  assert.deepEqual([recordOf().state, recordOf().runs, asked()], ["ready", "0.1.0", []]);
  assert.equal((await begin()).state, "transferring");
});

const described = (size: "dev" | "small") => ({
  text: deploymentText("acme", { size }),
  file: "acme.yaml",
  kubeconfig: null,
  window: null,
});

test("what is described otherwise than it runs is not handed over before it is applied", async () => {
  replace(trial.fleet, described("small"));
  await assert.rejects(begin(), codeIs("FLEET_UNAPPLIED"));
  suspend(trial.fleet, "acme", "an audit", trial.who);
  await assert.rejects(begin(), (thrown) => /fleet resume acme, then touchstone fleet apply acme/.test(toErrorInfo(thrown).todo));
  assert.deepEqual([recordOf().approval, recordOf().transfer], [null, null]);
  unsuspend(trial.fleet, "acme", trial.who);
  await apply();
  assert.equal((await begin()).state, "transferring");
});

test("what waits to be handed over is described otherwise by nobody", async () => {
  trial.clock.now = new Date("2026-01-01T16:00:00Z");
  await begin();
  assert.throws(() => replace(trial.fleet, described("small")), codeIs("FLEET_HANDED_OVER", /or the transfer is cancelled/));
  await cancel();
  assert.equal(replace(trial.fleet, described("small")).state, "ready");
});

test("what goes wrong is tried again, and the same terms once more change nothing", async () => {
  trial.fake.fails.add("acme:backup");
  assert.equal((await begin()).state, "ready");
  trial.fake.fails.clear();
  trial.fake.fails.add("acme:hand-over");
  assert.match((await begin()).why, /it was told to/);
  trial.fake.fails.clear();
  await begin();
  await begin();
  assert.deepEqual(asked(), ["backup", "backup", "hand-over", "hand-over"]);
});

test("on other terms it is handed over anew, until somebody has accepted", async () => {
  await begin();
  const first = documentOf();
  await begin({ domain: "operator.example" });
  assert.notEqual(documentOf(), first);
  await assert.rejects(begin({ store: "store.gz", keysFile: "keys.txt" }), codeIs("FLEET_STATE_WRONG", /a move does not become/));
  await assert.rejects(accept(accepted(first)), codeIs("TRANSFER_OF_ANOTHER"));
  await assert.rejects(accept(accepted(documentOf(), STRANGER)), codeIs("DOCUMENT_SIGNER_UNKNOWN"));
  await accept(accepted(documentOf()));
  await assert.rejects(begin({ party: "Other" }), codeIs("FLEET_STATE_WRONG", /on other terms/));
  await assert.rejects(cancel(), codeIs("FLEET_STATE_WRONG", /it is theirs/));
  trial.fake.asked.length = 0;
  await accept(accepted(documentOf()));
  assert.deepEqual(asked(), [], "what was proved is not proved again");
  const another = accepted(documentOf());
  await assert.rejects(
    accept({ ...another, document: { ...another.document, acceptedAt: "2026-01-02T00:00:00.000Z" } }),
    codeIs("DOCUMENT_ALTERED"),
  );
  await assert.rejects(accept(accepted(documentOf(), CUSTOMER, "2026-01-02T00:00:00.000Z")), codeIs("FLEET_STATE_WRONG", /is gone with/));
});

test("it is taken back, and is one of the fleet again", async () => {
  await assert.rejects(cancel(), codeIs("FLEET_STATE_WRONG", /not being handed over/));
  await begin();
  const first = documentOf();
  assert.equal((await cancel()).state, "ready");
  assert.deepEqual(asked(), ["backup", "hand-over", "take-back", "verify"]);
  await assert.rejects(accept(accepted(first)), codeIs("FLEET_STATE_WRONG", /not on its way/));
  await rollOut();
  assert.equal(recordOf().runs, "0.2.0");
  trial.fake.asked.length = 0;
  trial.clock.now = new Date("2026-01-01T13:00:00Z");
  await begin();
  assert.deepEqual(asked(), ["backup", "hand-over"], "another transfer has its own backup and its own papers");
  assert.notEqual(documentOf(), first);
});

test("one that waits for its window is taken back without a word to anybody", async () => {
  trial.clock.now = new Date("2026-01-01T16:00:00Z");
  await begin();
  assert.equal((await cancel()).state, "ready");
  assert.deepEqual([asked(), recordOf().approval], [[], null]);
});

test("where the customer was faster, the cancellation gives way", async () => {
  await begin();
  trial.fake.fails.add("acme:take-back");
  assert.equal((await cancel()).state, "transferring");
  await assert.rejects(begin({ party: "Other" }), codeIs("FLEET_STATE_WRONG", /being cancelled/));
  assert.match((await accept(accepted(documentOf()))).why, /waits for the record/);
});

test("a move takes no state with it: its infrastructure is left behind", async () => {
  const refused = codeIs("OPTION_INVALID", /leaves the infrastructure behind/);
  await assert.rejects(begin({ state: "state.json", store: "store.gz", keysFile: "keys" }), refused);
  assert.equal(recordOf().transfer, null);
});

test("what is not well, and what is to be taken away, is not handed over", async () => {
  trial.fake.fails.add("acme:copy-out");
  approveRemoval(trial.fleet, "acme", { reason: "it ended", wish: { kind: "new" }, backup: null }, trial.who);
  await apply();
  await assert.rejects(begin(), codeIs("FLEET_STATE_WRONG", /it is to be taken away: it ended/));
  trial.add("early");
  const held = trial.fleet.hold("early");
  assert.throws(
    () => approveTransfer(trial.fleet, held, { reason: "too soon", terms: TERMS }, trial.who),
    codeIs("FLEET_STATE_WRONG", /only what is well/),
  );
  held.release();
});
