/**
 * Pushed upgrades as they happen in a cluster: signed pointers from an https server, the real helm and kubectl, `update-once` as the
 * process that the CronJob starts. Everything that must not be installed is offered to it as well.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { isOnRealCluster, startCluster, titled } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { CHART_FOLDER } from "@touchstone/deploy/chart/write";
import { privateKeyIn, newKeyPair } from "@touchstone/deploy/supply/key";
import { pointerTo } from "@touchstone/deploy/supply/release";
import { signDocument, type Signed } from "@touchstone/deploy/supply/signature";
import { newSamlKey, pem } from "@touchstone/server/trial/saml";
import { newGround, spawnTouchstone, touchstone, type Ran } from "./terminal-ground.ts";

const run = promisify(execFile);
const tools = await trialTools();
const ground = newGround();
const NAMESPACE = "quality";
const NAME = "quality";
const WORKERS = `${NAME}-touchstone-dataplane-default`;
const DAY_MS = 86_400_000;
/** An upgrade begins within seconds; a machine may be busy. */
const PATIENCE_MS = 60_000;
const POLL_MS = 100;

const [ours, strangers] = [newKeyPair(), newKeyPair()];
const OURS = privateKeyIn(ours.privatePem, "ours");
const STRANGERS = privateKeyIn(strangers.privatePem, "strangers");

/** What the server offers: texts and archives by path. */
const offered = new Map<string, string | Buffer>();
const tls = newSamlKey("localhost");
const server = createServer({ key: tls.privateKey, cert: pem(tls.certificate) }, (request, response) => {
  const content = offered.get(request.url ?? "");
  response.writeHead(content === undefined ? 404 : 200).end(content);
});
let origin = "";
let cluster: Cluster;

/** Commands run in this process, which finds the tools and trusts the server as the image would. */
Object.assign(process.env, tools.env);
setDefaultCACertificates([...getCACertificates("default"), pem(tls.certificate)]);
const deployAs = (kubeconfig: string, ...words: string[]): Promise<Ran> => touchstone(["deploy", ...words, "--kubeconfig", kubeconfig]);
const deploy = (...words: string[]): Promise<Ran> => deployAs(cluster.kubeconfig, ...words);
const good = (ran: Ran): Ran => (assert.equal(ran.status, 0, ran.err + ran.out), ran);
const kubectl = async (...args: string[]): Promise<string> =>
  (await run(tools.env["KUBECTL"] ?? "", [...args, "--namespace", NAMESPACE], { env: { ...tools.env, KUBECONFIG: cluster.kubeconfig } }))
    .stdout;

const Looked = z.object({ outcome: z.string(), product: z.string().nullable(), why: z.string() });
const LOOK = ["update-once", "--namespace", NAMESPACE, "--json"];
/** Where it counts who asks, the updater's own ServiceAccount looks, by a token as its pod has one. */
const updaters = async (): Promise<string> => {
  if (!isOnRealCluster()) return cluster.kubeconfig;
  return cluster.kubeconfigOf((await kubectl("create", "token", `${NAME}-touchstone-updater`)).trim());
};
/** Looks once, as the CronJob does; the cluster in memory has no nodes to look at before. */
const look = async (...words: string[]) => {
  const { status, out, err } = await deployAs(await updaters(), ...(words.length === 0 ? ["--skip-preflight"] : words));
  assert.ok(status === 0 || status === 1, err);
  return { status, ...Looked.parse(JSON.parse(out)) };
};
const Shown = z.object({
  isAllowed: z.boolean(),
  record: z.object({
    condition: z.object({ outcome: z.string(), since: z.string(), at: z.string() }).nullable(),
    failed: z.array(z.object({ product: z.string() })),
    upgrades: z.array(z.object({ product: z.string(), from: z.string(), outcome: z.string() })),
    interrupted: z.object({ product: z.string(), times: z.number() }).nullable(),
  }),
});
const shown = async () =>
  Shown.parse(JSON.parse(good(await deploy("updater", "show", "--file", ground.path("deployment.yaml"), "--json")).out));
const runs = async (): Promise<string> =>
  (await kubectl("get", "deployment", WORKERS, "-o", "jsonpath={.metadata.labels.app\\.kubernetes\\.io/version}")).trim();
/** What the updater told; a real cluster tells much besides. */
const events = async (): Promise<string[]> =>
  (await kubectl("get", "events", "--field-selector", "involvedObject.name=touchstone-updater", "-o", "jsonpath={.items[*].reason}")).split(
    " ",
  );

const DEPLOYMENT = (more: string): string => `version: 1
name: ${NAME}
model: customer
fqdn: quality.example.org
size: dev
cluster: { namespace: ${NAMESPACE} }
upgrades: namespace-admin
updater: { pointer: ${origin}/stable.json, networks: [{ cidrs: [198.51.100.0/24], ports: [443] }] }
${more}`;

const allow = async (more = "", keys = "ours.pub.pem"): Promise<void> => {
  ground.write("allowed.yaml", DEPLOYMENT(more));
  good(await deploy("updater", "allow", "--file", ground.path("allowed.yaml"), "--keys", ground.path(keys)));
};

/** The chart as another version, as an archive. */
const packed = async (version: string, { irreversible = false } = {}): Promise<Buffer> => {
  const folder = ground.path(`chart-${version}/touchstone`);
  cpSync(CHART_FOLDER, folder, { recursive: true });
  const chart = join(folder, "Chart.yaml");
  if (irreversible)
    writeFileSync(chart, readFileSync(chart, "utf8").replace("annotations:", 'annotations:\n  touchstone.dev/rollback: "false"'));
  const to = ground.path(`packed-${version}`);
  mkdirSync(to);
  await run(tools.env["HELM"] ?? "", ["package", folder, "--version", version, "--app-version", version, "--destination", to], {
    env: tools.env,
  });
  return readFileSync(join(to, `touchstone-${version}.tgz`));
};

const charts = new Map<string, Buffer>();
const releaseOf = async (product: string, more: object = {}): Promise<Signed> => {
  const archive = charts.get(product) ?? (await packed(product, { irreversible: "reversible" in more }));
  charts.set(product, archive);
  offered.set(`/touchstone-${product}.tgz`, archive);
  const digit = (n: number): string => `sha256:${String(n).repeat(64)}`;
  return signDocument(
    {
      kind: "touchstone/release",
      version: 1,
      product,
      chart: { address: `${origin}/touchstone-${product}.tgz`, digest: `sha256:${createHash("sha256").update(archive).digest("hex")}` },
      images: { controlPlane: digit(1), dataplane: digit(2), updater: digit(3) },
      channels: ["stable"],
      upgradableFrom: "0.1.0",
      reversible: true,
      notes: "https://example.org/notes",
      issuedAt: new Date(Date.now() - DAY_MS).toISOString(),
      expiresAt: new Date(Date.now() + 100 * DAY_MS).toISOString(),
      ...more,
    },
    OURS,
  );
};

let counter = 0;
const pointed = (release: Signed, { key = OURS, now = new Date(), number = ++counter } = {}): Signed =>
  signDocument(pointerTo(release, "stable", 14, now, number), key);
const offer = (pointer: Signed): void => void offered.set("/stable.json", JSON.stringify(pointer));

suite(titled("pushed upgrades"), { skip: tools.absent ?? false }, () => {
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    origin = `https://localhost:${typeof address === "object" && address !== null ? address.port : 0}`;
    ground.write("authority.pem", pem(tls.certificate));
    ground.write("ours.pub.pem", ours.publicPem);
    ground.write("strangers.pub.pem", strangers.publicPem);
    ground.write("deployment.yaml", DEPLOYMENT(""));
    cluster = await startCluster();
    await run(tools.env["KUBECTL"] ?? "", ["create", "namespace", NAMESPACE], { env: { ...tools.env, KUBECONFIG: cluster.kubeconfig } });
    await kubectl("create", "secret", "generic", "touchstone-store", "--from-literal=DATABASE_URL=postgres://touchstone@db/touchstone");
    good(await deploy("install", "--file", ground.path("deployment.yaml"), "--create-secrets", "--skip-preflight"));
  });
  after(async () => {
    await cluster?.close();
    server.closeAllConnections();
    server.close();
    ground.remove();
  });

  test("nothing is done before the customer allows it", async () => {
    offer(pointed(await releaseOf("0.2.0")));
    assert.deepEqual(await look().then(({ status, outcome }) => [status, outcome]), [0, "paused"]);
    assert.equal(await runs(), "0.1.0");
    assert.equal((await shown()).isAllowed, false);
  });

  test("a signed pointer to a newer release is followed, once", async () => {
    await allow();
    assert.equal((await look("--dry-run")).outcome, "would-upgrade");
    assert.equal(await runs(), "0.1.0");
    assert.equal((await look("--json")).outcome, "stopped", "the cluster was looked at first, and is not ready: nobody knows its name");
    assert.equal(await runs(), "0.1.0");
    const { status, outcome, why } = await look();
    assert.deepEqual([status, outcome], [0, "upgraded"], why);
    assert.equal(await runs(), "0.2.0");
    assert.match(
      await kubectl("get", "deployment", WORKERS, "-o", "jsonpath={.spec.template.spec.containers[0].image}"),
      /dataplane@sha256:2{64}$/,
    );
    assert.equal((await look()).outcome, "current");
    assert.deepEqual(
      (await shown()).record.upgrades.map(({ from, product, outcome: how }) => [from, product, how]),
      [["0.1.0", "0.2.0", "upgraded"]],
    );
    assert.deepEqual((await events()).toSorted(), ["UpgradeRefused", "UpgradeStarted", "UpgradeStarted", "Upgraded"]);
  });

  test("what is not signed as it should be, not for now, or shown again is refused", async () => {
    const next = await releaseOf("0.3.0");
    const altered = pointed(next);
    const expired = pointed(next, { now: new Date(Date.now() - 20 * DAY_MS) });
    const cases: [Signed | string, string][] = [
      [{ ...altered, document: { ...altered.document, counter: 99 } }, "refused"],
      [{ ...altered, signatures: [] }, "refused"],
      [pointed(next, { key: STRANGERS }), "refused"],
      [next, "refused"],
      ["<html>sign in, please</html>", "unreachable"],
      [expired, "expired"],
      [pointed(next, { number: 1, now: new Date(Date.now() - 1000) }), "replayed"],
      [pointed(await releaseOf("0.1.0")), "older"],
    ];
    for (const [offering, expected] of cases) {
      offered.set("/stable.json", typeof offering === "string" ? offering : JSON.stringify(offering));
      const { outcome, why } = await look();
      assert.equal(outcome, expected, why);
      assert.equal(await runs(), "0.2.0");
    }
    offered.delete("/stable.json");
    assert.deepEqual(await look().then(({ status, outcome }) => [status, outcome]), [1, "unreachable"]);
    await allow("", "strangers.pub.pem");
    offer(pointed(next));
    assert.equal((await look()).outcome, "refused", "whose signature counts is the customer's to say");
  });

  test("a chart that is not the one that was signed is not installed", async () => {
    await allow();
    const release = await releaseOf("0.3.0");
    offered.set("/touchstone-0.3.0.tgz", await packed("0.3.0-other"));
    offer(pointed(release));
    const { outcome, why, status } = await look();
    assert.deepEqual([status, outcome], [1, "refused"], why);
    assert.match(why, /not the one that was signed/);
    const mislabelled = charts.get("0.2.0") ?? assert.fail();
    charts.set("0.3.1", mislabelled);
    offer(pointed(await releaseOf("0.3.1")));
    assert.match((await look()).why, /version 0\.2\.0 of the chart/);
    assert.equal(await runs(), "0.2.0");
  });

  test("it waits for its window, for a person where nothing can be rolled back, and while it is paused", async () => {
    offer(pointed(await releaseOf("0.3.0")));
    const away = new Date(Date.now() + 12 * 3_600_000).toISOString().slice(11, 16);
    await allow(`maintenanceWindow: { from: "${away}", hours: 1 }\n`);
    assert.deepEqual(await look().then(({ status, outcome }) => [status, outcome]), [0, "outside-window"]);
    await allow();
    offer(pointed(await releaseOf("0.3.2", { reversible: false })));
    assert.equal((await look()).outcome, "irreversible");
    offer(pointed(await releaseOf("0.3.0")));
    await kubectl("delete", "configmap", "touchstone-upgrades");
    assert.equal((await look()).outcome, "paused");
    assert.equal(await runs(), "0.2.0");
  });

  test("an upgrade that fails is rolled back, and not tried again until a newer one is there or a person says so", async () => {
    await allow();
    cluster.failing.add(`${NAME}-touchstone-check`);
    const { status, outcome, why } = await look();
    assert.deepEqual([status, outcome], [1, "failed"], why);
    assert.equal(await runs(), "0.2.0");
    cluster.failing.clear();
    assert.equal((await look()).outcome, "failed-before");
    assert.equal(await runs(), "0.2.0");
    offer(pointed(await releaseOf("0.4.0")));
    assert.equal((await look()).outcome, "upgraded");
    assert.deepEqual(
      (await shown()).record.failed.map(({ product }) => product),
      ["0.3.0"],
    );
    good(await deploy("updater", "retry", "--file", ground.path("deployment.yaml")));
    assert.deepEqual((await shown()).record.failed, []);
    assert.ok((await events()).includes("UpgradeFailed"));
  });

  test("one that is cut off is taken up again by the next look", async () => {
    offer(pointed(await releaseOf("0.5.0")));
    cluster.failing.add(WORKERS);
    const { child, ended } = spawnTouchstone(["deploy", ...LOOK, "--skip-preflight", "--kubeconfig", await updaters()], {
      env: { NODE_EXTRA_CA_CERTS: ground.path("authority.pem") },
    });
    for (const until = Date.now() + PATIENCE_MS; (await runs()) !== "0.5.0"; await sleep(POLL_MS))
      if (Date.now() > until) {
        child.kill("SIGKILL");
        assert.fail(`the upgrade did not begin: ${(await ended).err}`);
      }
    child.kill("SIGTERM");
    await ended;
    cluster.failing.clear();
    const { outcome, why } = await look();
    assert.equal(outcome, "upgraded", why);
    assert.equal(await runs(), "0.5.0");
    assert.equal((await shown()).record.interrupted, null);
  });

  test("somebody who is at it is left alone", async () => {
    offer(pointed(await releaseOf("0.6.0")));
    const spec = {
      holderIdentity: "ann@laptop (upgrade)",
      leaseDurationSeconds: 3600,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    const lease = JSON.stringify({ spec });
    await kubectl("patch", "lease", "touchstone-deploy", "--type", "merge", "--patch", lease);
    const { outcome, why } = await look();
    assert.equal(outcome, "locked");
    assert.match(why, /ann@laptop/);
    assert.equal(await runs(), "0.5.0");
  });
});
