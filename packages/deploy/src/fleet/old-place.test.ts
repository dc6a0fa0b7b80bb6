/** The old place of a move: never taken away without a person's word and a backup that is there, and nothing else that was handed over. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { sha256Of } from "../deployment/digest.ts";
import { documentDigest, signedIn } from "../supply/signature.ts";
import { trialFleet, deploymentText, type TrialFleet } from "../trial/fleet.ts";
import { codeIs } from "../trial/thrown.ts";
import { backupFile, backupIds, requireBackup } from "./backups.ts";
import { writePaper } from "./handing-over.ts";
import { approveDestruction, backupOfMove } from "./old-place.ts";
import { add, approveRemoval, replace, takeBackup } from "./operator.ts";
import { reconcile, type Outcome } from "./reconcile.ts";
import type { FleetRecord, Transfer } from "./record.ts";

const STORE = Buffer.alloc(1000, 7);
let trial: TrialFleet;
/** The copy that was handed over, where the operator has put it. */
let handed: string;
const fleetOf = () => trial.fleet;
const member = () => fleetOf().read("acme");
const asked = (): string[] => trial.fake.asked.splice(0).map((id) => id.replace("acme:", ""));

/** What was signed of the store; the rest is as a transfer has it. */
const paperText = (digest: string): string =>
  JSON.stringify({
    document: {
      version: 1,
      kind: "touchstone-transfer",
      shape: "move",
      madeAt: "2026-01-01T12:00:00.000Z",
      operator: { name: "Operator", keyId: `sha256:${"a".repeat(64)}` },
      operatorDomain: null,
      deployment: {},
      release: { chart: "touchstone-0.1.0", revision: 1, chartDigest: null, manifestDigest: digest, images: [], values: {} },
      infrastructure: null,
      dns: [],
      audit: null,
      groups: [],
      accesses: [],
      credentials: [],
      store: { sums: [], backup: { digest, bytes: STORE.length } },
    },
    signatures: [],
  });

const handedOver = (store: string | null, record: string | null = "sha256:r"): void => {
  const paper = paperText(`${sha256Of(STORE)}`);
  writePaper(member().folder, "transfer", paper);
  const terms = { party: "O", key: "k", operators: [], domain: "o.example", state: null, store, keysFile: store === null ? null : "keys" };
  const document = documentDigest(signedIn(paper, "paper").document);
  const transfer: Transfer = { terms, document, acceptance: "sha256:a", record, destroys: false, isCancelled: false };
  const held = fleetOf().hold("acme");
  const next: FleetRecord = {
    ...held.read(),
    state: record === null ? "transferring" : "transferred",
    approval: { purpose: "transfer", by: "o", at: "2026-01-01T12:00:00.000Z", reason: "sold", backup: { kind: "new" } },
    transfer,
  };
  held.commit(next, { what: "told", detail: "" });
  held.release();
};

beforeEach(async () => {
  trial = trialFleet();
  trial.add("acme");
  await reconcile(fleetOf(), "acme", trial.options);
  handed = join(fleetOf().folder, "handed.gz");
  writeFileSync(handed, STORE);
  asked();
});
afterEach(() => trial.close());

const destroy = async (backupId?: string): Promise<Outcome> => {
  const backup = await backupOfMove(member(), backupId);
  return reconcile(
    fleetOf(),
    "acme",
    trial.options,
    (held) => void approveDestruction(held, { reason: "it runs there now", backup }, trial.who),
  );
};

test("the old place goes with the copy that was handed over, and the log says on whose word", async () => {
  handedOver(handed);
  assert.equal((await destroy()).state, "gone");
  assert.deepEqual(asked(), ["give-up", "deprovision"]);
  const { folder, deployment, record } = member();
  assert.deepEqual(readFileSync(backupFile(folder, "acme-moved")), STORE);
  assert.equal((await requireBackup(folder, deployment, "acme-moved")).id, record.backup?.id);
  assert.ok(record.transfer !== null, "that it was handed over stays on the record");
  const { entries, fault } = fleetOf().log("acme");
  assert.equal(fault, null);
  assert.ok(
    entries.some(
      ({ what, who, detail }) =>
        /old place approved/.test(what) && who === trial.who.who && /it runs there now; with backup acme-moved/.test(detail),
    ),
  );
});

test("it goes on where it stopped, by apply too, once it was approved", async () => {
  handedOver(handed);
  trial.fake.fails.add("acme:deprovision");
  assert.match((await destroy()).why, /it was told to/);
  trial.fake.fails.clear();
  rmSync(handed);
  assert.equal((await destroy()).state, "gone", "the copy is kept by now");
  assert.deepEqual(asked(), ["give-up", "deprovision", "deprovision"]);
});

test("what removes others does not go past it, whatever it is at", async () => {
  handedOver(handed);
  trial.fake.fails.add("acme:deprovision");
  const removed = () => approveRemoval(fleetOf(), "acme", { reason: "it ended", wish: { kind: "without" }, backup: null }, trial.who);
  assert.throws(removed, codeIs("FLEET_HANDED_OVER"));
  await destroy();
  const { record } = member();
  assert.equal(record.state, "deprovisioning");
  assert.throws(removed, codeIs("FLEET_HANDED_OVER", /what a move has left goes by one verb alone/));
  assert.deepEqual(member().record, record);
});

test("a protection is switched off in between: what is described may change once it is being destroyed", async () => {
  handedOver(handed);
  const given = { text: deploymentText("acme", { owner: "nobody" }), file: "acme.yaml", kubeconfig: null, window: null };
  assert.throws(() => replace(fleetOf(), given), codeIs("FLEET_HANDED_OVER", /both sides have signed/));
  trial.fake.fails.add("acme:deprovision");
  await destroy();
  assert.equal(replace(fleetOf(), given).state, "deprovisioning");
});

test("a backup that was taken out before may be named instead", async () => {
  const { folder, deployment } = member();
  mkdirSync(join(folder, "backups"));
  const copy = {
    version: 1,
    id: "acme-1",
    deployment: "acme",
    fqdn: deployment.fqdn,
    namespace: "touchstone",
    madeAt: "2026-01-01T00:00:00.000Z",
  };
  writeFileSync(backupFile(folder, "acme-1"), STORE);
  writeFileSync(join(folder, "backups", "acme-1.json"), JSON.stringify({ ...copy, digest: sha256Of(STORE), bytes: STORE.length }));
  handedOver(join(folder, "nowhere.gz"));
  assert.equal((await destroy("acme-1")).state, "gone");
});

/** What is written until it is whole leads there. */
const unfinishedAt = (place: string): void => {
  const file = `${backupFile(member().folder, "acme-moved")}.unfinished`;
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(place, file);
};

const REFUSED: readonly { what: string; begin: () => void; why: RegExp; code?: "FLEET_STATE_WRONG" | "DISK_FULL" }[] = [
  { what: "one that is ready", begin: () => undefined, why: /both sides have to sign/, code: "FLEET_STATE_WRONG" },
  { what: "a move that is not closed", begin: () => handedOver(handed, null), why: /both sides have to sign/, code: "FLEET_STATE_WRONG" },
  { what: "a transfer in place", begin: () => handedOver(null), why: /where it always was/, code: "FLEET_STATE_WRONG" },
  { what: "a copy that is gone", begin: () => handedOver(join(handed, "gone")), why: /cannot be read here/ },
  { what: "a copy that is a folder", begin: () => (handedOver(handed), rmSync(handed), mkdirSync(handed)), why: /cannot be read here/ },
  { what: "no room for the copy", begin: () => (handedOver(handed), unfinishedAt("/dev/full")), why: /did not fit/, code: "DISK_FULL" },
  { what: "a folder that takes nothing", begin: () => (handedOver(handed), unfinishedAt("/nowhere/else")), why: /cannot be written to/ },
  {
    what: "a copy that is another",
    begin: () => (handedOver(handed), writeFileSync(handed, STORE.with(1, 1))),
    why: /not what was handed over/,
  },
  {
    what: "a paper that is another",
    begin: () => (handedOver(handed), writePaper(member().folder, "transfer", paperText(`sha256:${"b".repeat(64)}`))),
    why: /not the one that was signed/,
  },
];
for (const { what, begin, why, code = "FLEET_BACKUP_UNKNOWN" } of REFUSED)
  test(`nothing is taken away: ${what}`, async () => {
    begin();
    await assert.rejects(destroy(), codeIs(code, why));
    assert.deepEqual([asked(), backupIds(member().folder), existsSync(backupFile(member().folder, "acme-moved"))], [[], [], false]);
  });

test("one that is not there is none", async () => {
  handedOver(handed);
  await assert.rejects(destroy("acme-9"), codeIs("FLEET_BACKUP_UNKNOWN"));
  await assert.rejects(takeBackup(fleetOf(), "acme", trial.options), codeIs("FLEET_HANDED_OVER"));
});

test("what the old place has is nobody else's, until it is gone", async () => {
  handedOver(handed);
  const other = { text: deploymentText("other", { cluster: { context: "acme" } }), file: "other.yaml", kubeconfig: null, window: null };
  assert.throws(() => add(fleetOf(), other, trial.who), codeIs("FLEET_SHARED"));
  await destroy();
  assert.equal(add(fleetOf(), other, trial.who).state, "requested");
});
