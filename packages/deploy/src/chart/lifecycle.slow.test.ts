/**
 * The life of a release with the real helm, against a cluster in memory: what works, and what goes wrong on the way. The namespace is
 * under the restricted Pod Security Standard, and nothing is waived.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { at } from "../kubernetes/manifest.ts";
import { startCluster, titled } from "../trial/backend.ts";
import type { Cluster } from "../trial/cluster.ts";
import { NAMESPACE, openHelm, RELEASE, type Ended } from "../trial/helm.ts";
import { CHART_FOLDER } from "./write.ts";

const opened = await openHelm();
const options = { skip: opened.absent ?? false };
const EXTERNAL = join(CHART_FOLDER, "ci", "external.values.yaml");
const NAME = `${RELEASE}-touchstone`;
const WORKERS = `${NAME}-dataplane-default`;

let cluster: Cluster;

const helm = (...args: string[]): Promise<Ended> => opened.helm([...args, "--namespace", NAMESPACE], cluster.kubeconfig);
const kubectl = (...args: string[]): Promise<Ended> => opened.kubectl([...args, "--namespace", NAMESPACE], cluster.kubeconfig);
const good = (ended: Ended): Ended => (assert.equal(ended.status, 0, ended.stderr + ended.stdout), ended);
const bad = (ended: Ended, says: RegExp): void => {
  assert.notEqual(ended.status, 0, ended.stdout);
  assert.match(ended.stderr, says);
};
const INSTALL = [RELEASE, CHART_FOLDER, "--values", EXTERNAL];
const WAITING = ["--wait", "--timeout", "20s"];

/** What an operator does before: a namespace, and the Secrets that the values name. */
const prepare = async (): Promise<void> => {
  cluster = await startCluster();
  good(await opened.kubectl(["create", "namespace", NAMESPACE], cluster.kubeconfig));
  good(await opened.kubectl(["label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted"], cluster.kubeconfig));
  for (const [name, ...literals] of [
    ["touchstone-store", "DATABASE_URL=postgres://touchstone@db/touchstone"],
    ["touchstone-keys", "TOUCHSTONE_SECRET_KEYS=k1:AAAA", "TOUCHSTONE_TOKEN_KEY=AAAA"],
    ["touchstone-dataplanes", "default=tsdp_0000"],
    ["touchstone-internal", "tls.crt=…", "tls.key=…", "ca.crt=…"],
  ])
    good(await kubectl("create", "secret", "generic", name ?? "", ...literals.map((literal) => `--from-literal=${literal}`)));
};

const statusOf = async (): Promise<string> =>
  String(at(JSON.parse(good(await helm("status", RELEASE, "-o", "json")).stdout), "info", "status"));
const replicasOf = async (name: string): Promise<string> =>
  good(await kubectl("get", "deployment", name, "-o", "jsonpath={.spec.replicas}")).stdout;
const imageOf = async (name: string): Promise<string> =>
  good(await kubectl("get", "deployment", name, "-o", "jsonpath={.spec.template.spec.containers[0].image}")).stdout;
const isThere = async (name: string): Promise<boolean> => (await cluster.names(NAMESPACE)).includes(name);

suite(titled("the life of a release"), options, () => {
  before(prepare);
  after(() => cluster.close());

  test("a migration that fails leaves nothing running, and the next try starts over", async () => {
    cluster.failing.add(`${NAME}-migrate`);
    bad(await helm("install", ...INSTALL, ...WAITING), /pre-install|failed/);
    assert.ok(!(await isThere(`Deployment/${NAME}`)));
    cluster.failing.clear();
    good(await helm("upgrade", "--install", ...INSTALL, ...WAITING));
    assert.equal(await statusOf(), "deployed");
    assert.ok((await isThere(`Deployment/${NAME}`)) && (await isThere(`Deployment/${WORKERS}`)));
    assert.ok(!(await isThere(`Job/${NAME}-migrate`)), "the hook cleans up after itself");
  });

  test("what it says next is a command", async () => {
    const { stdout } = good(await helm("get", "notes", RELEASE));
    assert.match(stdout, new RegExp(`helm test ${RELEASE} --namespace ${NAMESPACE}`));
    assert.match(stdout, /has no digest/);
  });

  test("the check runs, and its failure is told", async () => {
    good(await helm("test", RELEASE, "--timeout", "20s"));
    cluster.failing.add(`${NAME}-check`);
    assert.notEqual((await helm("test", RELEASE, "--timeout", "20s")).status, 0);
    cluster.failing.clear();
  });

  test("an upgrade changes what is asked for", async () => {
    good(await helm("upgrade", ...INSTALL, ...WAITING, "--set", "images.dataplane.tag=0.1.1"));
    assert.match(await imageOf(WORKERS), /:0\.1\.1$/);
    assert.match(await imageOf(NAME), /:0\.1\.0$/);
  });

  test("https inside is switched off and on by an upgrade, and not by halves", async () => {
    const argsOf = async () =>
      good(await kubectl("get", "deployment", WORKERS, "-o", "jsonpath={.spec.template.spec.containers[0].args[2]}")).stdout;
    const portsOf = async () => good(await kubectl("get", "service", NAME, "-o", "jsonpath={.spec.ports[*].name}")).stdout;
    assert.deepEqual([await argsOf(), await portsOf()], [`https://${NAME}.${NAMESPACE}.svc`, "http https"]);
    good(await helm("upgrade", ...INSTALL, ...WAITING, "--set", "internalTls.existingSecret=", "--set", "images.dataplane.tag=0.1.1"));
    assert.deepEqual([await argsOf(), await portsOf()], [`http://${NAME}`, "http"]);
    // By cert-manager, which is not there to make the Secret: its object is, and nobody takes the pods for ready.
    const issued = ["--set", "internalTls.existingSecret=", "--set", "internalTls.issuer.name=company"];
    bad(await helm("upgrade", ...INSTALL, "--wait", "--timeout", "3s", ...issued), /not ready|deadline|timed? ?out/i);
    assert.ok(await isThere(`Certificate/${NAME}-internal-tls`));
    // An upgrade goes on from what was deployed: only a rollback takes away what a failed one has made.
    good(await helm("rollback", RELEASE, ...WAITING));
    good(await helm("upgrade", ...INSTALL, ...WAITING, "--set", "images.dataplane.tag=0.1.1"));
    assert.ok(!(await isThere(`Certificate/${NAME}-internal-tls`)));
    assert.deepEqual([await argsOf(), await portsOf()], [`https://${NAME}.${NAMESPACE}.svc`, "http https"]);
  });

  test("pods that do not become ready are rolled back", async () => {
    cluster.failing.add(WORKERS);
    bad(
      await helm("upgrade", ...INSTALL, "--wait", "--timeout", "3s", "--rollback-on-failure", "--set", "images.dataplane.tag=0.1.2"),
      /rolled back|not ready|deadline|failed/i,
    );
    cluster.failing.clear();
    assert.match(await imageOf(WORKERS), /:0\.1\.1$/);
  });

  test("an upgrade that is killed blocks the next until it is rolled back", async () => {
    good(await helm("upgrade", ...INSTALL, ...WAITING, "--set", "images.dataplane.tag=0.1.3"));
    cluster.failing.add(WORKERS);
    const killed = opened.start(
      ["upgrade", ...INSTALL, "--namespace", NAMESPACE, ...WAITING, "--set", "images.dataplane.tag=0.1.4"],
      cluster.kubeconfig,
    );
    while (!(await imageOf(WORKERS)).endsWith(":0.1.4")) await sleep(50);
    killed.kill("SIGKILL");
    await new Promise((resolve) => killed.once("exit", resolve));
    cluster.failing.clear();
    assert.equal(await statusOf(), "pending-upgrade");
    bad(await helm("upgrade", ...INSTALL, ...WAITING), /another operation/);
    good(await helm("rollback", RELEASE, ...WAITING));
    assert.equal(await statusOf(), "deployed");
    assert.match(await imageOf(WORKERS), /:0\.1\.3$/);
    good(await helm("upgrade", ...INSTALL, ...WAITING));
  });

  test("what somebody scaled by hand is not taken from him unless it is said; what scales itself is never", async () => {
    // Between what the autoscaler may have: beyond, it says another number.
    good(await kubectl("scale", "deployment", NAME, "--replicas=3"));
    good(await helm("upgrade", ...INSTALL, ...WAITING));
    assert.equal(await replicasOf(NAME), "3", "the autoscaler's number is nobody else's");
    good(await kubectl("scale", "deployment", WORKERS, "--replicas=7"));
    const three = ["--set", "dataplanes.groups.default.replicas=3"];
    bad(await helm("upgrade", ...INSTALL, ...WAITING, ...three), /conflict.*replicas/s);
    assert.equal(await replicasOf(WORKERS), "7");
    good(await helm("upgrade", ...INSTALL, ...WAITING, ...three, "--force-conflicts"));
    assert.equal(await replicasOf(WORKERS), "3");
  });

  test("a Secret that is not there is found out by waiting, not by users", async () => {
    bad(
      await helm("upgrade", ...INSTALL, "--wait", "--timeout", "3s", "--set", "keys.existingSecret=elsewhere"),
      /not ready|deadline|timed? ?out/i,
    );
    const { stdout } = good(await kubectl("get", "deployments,pods", "-o", "jsonpath={.items[*].status}"));
    assert.match(stdout, /Secret elsewhere/);
    good(await helm("rollback", RELEASE, ...WAITING));
  });

  test("what is uninstalled is gone, but for backups and what was there before", async () => {
    good(await helm("uninstall", RELEASE, ...WAITING));
    await cluster.gone(NAMESPACE);
    assert.deepEqual((await cluster.names(NAMESPACE)).toSorted(), [
      `PersistentVolumeClaim/${NAME}-backup`,
      `Pod/${NAME}-check`,
      "Secret/touchstone-dataplanes",
      "Secret/touchstone-internal",
      "Secret/touchstone-keys",
      "Secret/touchstone-store",
    ]);
  });

  test("an installation after that finds its backups again", async () => {
    good(await helm("install", ...INSTALL, ...WAITING));
    assert.equal(await statusOf(), "deployed");
    good(await helm("uninstall", RELEASE, ...WAITING));
  });
});

suite(titled("other shapes"), options, () => {
  before(prepare);
  after(() => cluster.close());

  for (const example of ["demo", "cloudnativepg-gateway", "dataplanes-only"])
    test(`${example} is installed, checked and removed`, async () => {
      if (example.startsWith("cloudnativepg"))
        for (const [name, literal] of [
          ["app", "uri=postgres://x"],
          ["ca", "ca.crt=…"],
        ])
          good(await kubectl("create", "secret", "generic", `${NAME}-store-${name}`, `--from-literal=${literal}`));
      good(await helm("install", RELEASE, CHART_FOLDER, "--values", join(CHART_FOLDER, "ci", `${example}.values.yaml`), ...WAITING));
      good(await helm("test", RELEASE, "--timeout", "20s"));
      good(await helm("uninstall", RELEASE, ...WAITING));
    });

  test("a cluster without the operators that values ask for says which kind it lacks", async () => {
    const bare = await startCluster({ operators: false });
    try {
      const file = join(CHART_FOLDER, "ci", "groups.values.yaml");
      const args = ["install", RELEASE, CHART_FOLDER, "--namespace", NAMESPACE, "--values", file];
      bad(await opened.helm(args, bare.kubeconfig), /no matches for kind "(Certificate|ScaledObject|ServiceMonitor|PrometheusRule)"/);
    } finally {
      await bare.close();
    }
  });
});
