/**
 * The product on a cluster with nodes, as a user has it: its images pulled, its pods running, its volumes mounted, its network filtered. What
 * only a kubelet, a CNI and a kernel can say.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, suite, test } from "node:test";
import { z } from "zod";
import { openHelm } from "../cluster/helm.ts";
import { openKubectl, type Kubectl } from "../cluster/kubectl.ts";
import { deploymentIn } from "../deployment/read.ts";
import { copyOut } from "../fleet/copy-out.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import { preflight } from "../preflight/preflight.ts";
import { bundle } from "../support/bundle.ts";
import { nodesAbsent } from "../tools/node.ts";
import { METADATA_SERVICE } from "../trial/node/addresses.ts";
import { askOn, callerAt, type Caller } from "../trial/node/caller.ts";
import { startNodeCluster, type NodeCluster } from "../trial/node/cluster.ts";
import { reachedFrom, type Target } from "../trial/node/packets.ts";
import { postgresAbsent } from "../trial/node/postgres.ts";
import {
  API,
  bringImages,
  described,
  ENTRANCE,
  FQDN,
  layouts,
  NAMESPACE,
  prepare,
  relabelled,
  WORKERS,
  type Digests,
} from "../trial/node/product.ts";
import { codeIs } from "../trial/thrown.ts";
import { trialTools } from "../trial/tools.ts";
import { install } from "./install.ts";
import type { Site } from "./site.ts";
import { uninstall } from "./uninstall.ts";
import { upgrade } from "./upgrade.ts";
import { verify } from "./verify.ts";

const tools = await trialTools();
const absent = nodesAbsent() ?? postgresAbsent() ?? tools.absent;

/** Seconds for what goes well, on a machine that others use. */
const PATIENT = 300;
const SHORT = 45;
const LOOK_MS = 500;
const OPERATION_MS = 180_000;
/** Rows of the table that is looked at; a scan of more takes some seconds. */
const ROWS = 400_000;

const Id = z.looseObject({ id: z.number() });
const Operation = z.looseObject({ result: z.string() });
/** What is not asked of a pod: of ours what it is itself, of the ingress controller where else it may go. */
const UNASKED: Readonly<Record<string, readonly string[]>> = {
  "an API pod": ["api", "service"],
  "a dataplane": ["worker"],
  "the ingress controller": ["metadata", "elsewhere"],
};
const PATHS = ["/health", "/datastores", "/operations", "/anomalies?datastore=1"];

suite("the product on a cluster with nodes", { skip: absent ?? false }, () => {
  const scratch = mkdtempSync(join(tmpdir(), "touchstone-product-"));
  let cluster: NodeCluster;
  let kubectl: Kubectl;
  let digests: Digests;
  let images: string;
  let person: Caller;
  let told: string[] = [];
  const closing: (() => unknown)[] = [() => rmSync(scratch, { recursive: true, force: true })];
  const siteOf = async (given: Digests): Promise<Site> => {
    told = [];
    const helm = await openHelm(kubectl.access, tools.env);
    closing.push(helm.close);
    const deployment = deploymentIn(described(cluster, given), "deployment.yaml");
    return { deployment, kubectl, helm, tell: (line) => void told.push(line), signal: new AbortController().signal };
  };
  const podsOf = (component: string): Promise<Manifest[]> =>
    kubectl.list("pods", { selector: `app.kubernetes.io/component=${component}`, namespace: NAMESPACE });
  const nameOf = async (component: string): Promise<string> => (await podsOf(component)).at(-1)?.metadata.name ?? assert.fail(component);
  const run = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await kubectl.run(args);
    assert.equal(status, 0, `${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  /** What an operation has come to once it is none of these any more. */
  const pastOf = async (id: number, before: readonly string[]): Promise<string> => {
    for (const end = Date.now() + OPERATION_MS; Date.now() < end; await sleep(LOOK_MS)) {
      const { result } = await person.got(Operation, `/operations/${id}`);
      if (!before.includes(result)) return result;
    }
    return "late";
  };
  const done = (id: number): Promise<string> => pastOf(id, ["queued", "running"]);
  const begin = async (type: string): Promise<number> => (await person.got(Id, "/operations/run", { type, datastore_id: 1 })).id;

  before(async () => {
    images = await layouts(scratch);
    cluster = await startNodeCluster({ names: { [FQDN]: ENTRANCE } });
    closing.push(cluster.close);
    kubectl = openKubectl({ kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE }, tools.env);
    digests = await bringImages(cluster, images, "1");
    person = callerAt(cluster.addresses.node(0), await prepare(cluster, digests, scratch));
    await cluster.postgres.ask(
      "warehouse",
      `CREATE TABLE orders AS SELECT n AS id, n * 7 % 1000 AS amount, 'customer ' || n % 500 AS customer FROM generate_series(1, ${ROWS}) n; ALTER TABLE orders ADD PRIMARY KEY (id)`,
    );
  });
  after(async () => {
    for (const close of closing.toReversed()) await close();
    assert.ok(!existsSync(`/sys/fs/cgroup/memory/touchstone-${process.pid}-rack`), "groups are left");
  });

  test("preflight finds what is missing, and that policies are enforced", async () => {
    const findings = await preflight(await siteOf(digests));
    const problems = findings.filter(({ state }) => state === "problem").map(({ subject, found }) => `${subject}: ${found}`);
    assert.deepEqual(problems, ["secrets: there is no Secret touchstone-keys", "secrets: there is no Secret touchstone-dataplanes"]);
    const stateOf = (subject: string) => findings.filter((finding) => finding.subject === subject).map(({ state }) => state);
    for (const subject of ["images", "policies", "claims", "datastores", "callers"])
      assert.ok(stateOf(subject).every((state) => state === "ok") && stateOf(subject).length > 0, subject);
  });

  test("it is installed, and its own check passes inside", async () => {
    await install(await siteOf(digests), { preflight: null, createSecrets: true, timeoutSeconds: PATIENT });
    const findings = await verify(await siteOf(digests));
    assert.deepEqual(
      findings.filter(({ state }) => state === "problem"),
      [],
    );
  });

  test("the first administrator signs in by the entrance; a dataplane's pod reads a datastore", async () => {
    const code = (await run("exec", `deployment/${API}`, "--", "touchstone", "db", "setup-code")).split("\n").at(-1);
    const who = { email: "you@example.org", name: "You", password: "correct horse battery" };
    const { token } = await person.got(z.looseObject({ token: z.string() }), "/setup", { code, ...who });
    person = person.as(token);
    const host = cluster.addresses.datastore;
    const { id } = await person.got(Id, "/connections", {
      name: "warehouse",
      type: "postgresql",
      host,
      port: 5432,
      username: "postgres",
      password: "trial",
    });
    await person.got(Id, "/datastores", {
      name: "warehouse",
      connection_id: id,
      database: "warehouse",
      schema: "public",
      teams: ["Public"],
    });
    assert.equal(await done(1), "success");
    assert.equal(await done(await begin("profile")), "success");
    assert.equal(await done(await begin("scan")), "success");
  });

  test("packets go where policies let them, and nowhere else", async () => {
    const { addresses, api, make } = cluster;
    const [first] = await podsOf("control-plane");
    const [worker] = await podsOf("dataplane");
    const addressOf = (pod: Manifest | undefined): string => String(at(pod, "status", "podIP"));
    const service = String(at((await kubectl.get("service", API)) ?? undefined, "spec", "clusterIP"));
    const targets: Record<string, Target> = {
      api: { host: addressOf(first), port: 8420 },
      service: { host: service, port: 80 },
      store: { host: addresses.rack, port: 5432 },
      datastore: { host: addresses.datastore, port: 5432 },
      metadata: { host: METADATA_SERVICE, port: 80 },
      elsewhere: { host: addresses.elsewhere, port: 443 },
      kubernetes: { host: "10.96.0.1", port: 443 },
      worker: { host: addressOf(worker), port: 8421 },
    };
    const image = `${cluster.images.address}/touchstone/control-plane@${digests.controlPlane}`;
    /** A pod that waits, under the labels of one that comes and goes, or of a stranger. */
    const waiting = async (name: string, namespace: string, labels: Record<string, string>): Promise<string> => {
      const security = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
      const container = {
        name: "wait",
        image,
        command: ["/usr/local/bin/node", "--eval", "setTimeout(() => {}, 1e6)"],
        securityContext: security,
      };
      const spec = {
        containers: [container],
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        terminationGracePeriodSeconds: 0,
      };
      await make({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels }, spec });
      await run("wait", "--namespace", namespace, "--for=condition=Ready", `pod/${name}`, "--timeout=120s");
      return name;
    };
    const ours = (component: string) => ({
      "app.kubernetes.io/name": "touchstone",
      "app.kubernetes.io/instance": "quality",
      "app.kubernetes.io/component": component,
    });
    await make({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
    const sources: readonly [string, string, string, readonly string[]][] = [
      ["an API pod", NAMESPACE, await nameOf("control-plane"), ["store"]],
      ["a dataplane", NAMESPACE, await nameOf("dataplane"), ["api", "service", "datastore"]],
      ["the check", NAMESPACE, await waiting("as-check", NAMESPACE, ours("check")), ["api", "service", "store"]],
      ["a backup", NAMESPACE, await waiting("as-backup", NAMESPACE, ours("backup")), ["store"]],
      ["a migration", NAMESPACE, await waiting("as-migration", NAMESPACE, ours("migration")), ["store"]],
      [
        "a stranger beside it",
        NAMESPACE,
        await waiting("stranger", NAMESPACE, { app: "other" }),
        ["store", "datastore", "metadata", "elsewhere", "kubernetes"],
      ],
      [
        "a stranger elsewhere",
        "elsewhere",
        await waiting("stranger", "elsewhere", { app: "other" }),
        ["store", "datastore", "metadata", "elsewhere", "kubernetes"],
      ],
      ["the ingress controller", "ingress-nginx", "entrance", ["api", "service", "store", "datastore", "kubernetes"]],
    ];
    // What enforces them hears of a pod a moment after it is there.
    await sleep(5000);
    for (const [title, namespace, pod, open] of sources) {
      const expected = Object.fromEntries(Object.keys(targets).map((name) => [name, open.includes(name)]));
      const reached = await reachedFrom(kubectl, namespace, pod, targets);
      // A pod reaches itself whatever the policies say, and a Service may lead it there.
      for (const name of UNASKED[title] ?? []) {
        delete reached[name];
        delete expected[name];
      }
      assert.deepEqual(reached, expected, title);
    }
    for (const name of ["as-check", "as-backup", "as-migration", "stranger"]) await run("delete", "pod", name, "--grace-period=0");
    assert.equal((await api.ask("GET", "/readyz")).status, 200);
  });

  test("a backup by the CronJob, one that leaves by exec, and logs of every container", async () => {
    await run("create", "job", "by-hand", `--from=cronjob/${API}-backup`);
    await run("wait", "--for=condition=complete", "job/by-hand", "--timeout=120s");
    assert.match(await run("logs", "job/by-hand"), /^\/backups\/touchstone-.*\.gz$/);
    const copies = join(scratch, "copies");
    mkdirSync(copies);
    const copy = await copyOut(await siteOf(digests), "0123456789abcdef", copies);
    assert.ok(copy.bytes > 1000);
    const { index } = await bundle(await siteOf(digests));
    const logs = index.files.filter(({ path }) => path.startsWith("logs/")).map(({ path }) => path.split("/").at(-1));
    for (const log of ["api.log", "dataplane.log", "backup.log"]) assert.ok(logs.includes(log), log);
  });

  test("an upgrade while people ask: no request is lost", async (context) => {
    const two = join(scratch, "two");
    for (const name of ["control-plane", "dataplane"]) await relabelled(join(images, name), "two", join(two, name));
    digests = await bringImages(cluster, two, "2");
    const stop = askOn(person, PATHS);
    context.after(stop);
    const { outcome } = await upgrade(await siteOf(digests), { preflight: null, backup: true, timeoutSeconds: PATIENT });
    const { asked, lost } = await stop();
    assert.equal(outcome, "upgraded");
    assert.deepEqual(lost, [], `of ${asked}`);
    assert.ok(asked > 50);
  });

  const nowhere = `sha256:${"0".repeat(64)}`;
  for (const [title, change] of [
    ["of the API", { controlPlane: nowhere }],
    ["of the dataplane", { dataplane: nowhere }],
  ] as const)
    test(`an image that is not there, ${title}: it goes back by itself, and no request is lost`, async (context) => {
      const stop = askOn(person, PATHS);
      context.after(stop);
      const broken = await siteOf({ ...digests, ...change });
      await assert.rejects(upgrade(broken, { preflight: null, timeoutSeconds: SHORT }), codeIs("DEPLOY_ROLLED_BACK"));
      assert.deepEqual((await stop()).lost, []);
      const findings = await verify(await siteOf(digests));
      assert.deepEqual(
        findings.filter(({ state }) => state === "problem"),
        [],
      );
    });

  test("a dataplane is killed in its work: another run of it ends it", async () => {
    const id = await begin("profile");
    assert.equal(await pastOf(id, ["queued"]), "running");
    const worker = await nameOf("dataplane");
    // As the kernel kills: whoever has it on its node. The other has none, and says so by its status. The pattern is not one of itself.
    const killed = await Promise.all(
      cluster.nodes.map((node) =>
        node.run("pkill", "-KILL", "--full", "[m]ain.ts dataplane").then(
          () => true,
          () => false,
        ),
      ),
    );
    assert.deepEqual(killed.toSorted(), [false, true]);
    assert.equal(await done(id), "success");
    const restarts = at((await kubectl.get("pod", worker)) ?? undefined, "status", "containerStatuses", 0, "restartCount");
    assert.ok(Number(restarts) >= 1);
  });

  test("a node is drained: its pods move one by one, and no request is lost", async (context) => {
    const stop = askOn(person, PATHS);
    context.after(stop);
    await run("drain", "node-b", "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=240s", "--request-timeout=0");
    await run("rollout", "status", `deployment/${API}`, "--timeout=120s", "--request-timeout=0");
    await run("rollout", "status", `deployment/${WORKERS}`, "--timeout=120s", "--request-timeout=0");
    const { asked, lost } = await stop();
    assert.deepEqual(lost, [], `of ${asked}`);
    assert.ok((await podsOf("control-plane")).every((pod) => at(pod, "spec", "nodeName") === "node-a"));
    await run("uncordon", "node-b");
  });

  test("it is taken away, and its volume stays", async () => {
    const { stays } = await uninstall(await siteOf(digests), { timeoutSeconds: PATIENT });
    assert.ok(stays.includes(`PersistentVolumeClaim ${API}-backup`));
    await run("wait", "--for=delete", "pod", "--selector=app.kubernetes.io/component=control-plane", "--timeout=90s");
    assert.deepEqual(await podsOf("control-plane"), []);
  });
});
