/**
 * Releases from a registry that asks for a login: Debian's docker-registry on the loopback, the real helm and kubectl, and commands as who
 * publishes and who upgrades types them.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { CHART_FOLDER } from "@touchstone/deploy/chart/write";
import { startCluster } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import { REGISTRY_LOGIN, registriesAbsent, startRegistry, type Registry } from "@touchstone/deploy/trial/registry";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { newGround, touchstone, type Ran } from "./terminal-ground.ts";

const run = promisify(execFile);
const tools = await trialTools();
const ground = newGround();
const NAMESPACE = "quality";
const LOGIN = "HELM_REGISTRY_CONFIG";

suite("releases from a registry", { skip: tools.absent ?? registriesAbsent() ?? false }, () => {
  let cluster: Cluster;
  let registry: Registry;
  let releases = "";

  const helm = (...args: string[]) => run(tools.env["HELM"] ?? "", args, { env: process.env });
  const deploy = (...words: string[]): Promise<Ran> => touchstone(["deploy", ...words]);
  const onCluster = (...words: string[]): Promise<Ran> =>
    deploy(...words, "--file", ground.path("deployment.yaml"), "--kubeconfig", cluster.kubeconfig);
  const upgradeTo = (to: string, ...words: string[]): Promise<Ran> => onCluster("upgrade", "--skip-preflight", "--to", to, ...words);
  const good = (ran: Ran): Ran => (assert.equal(ran.status, 0, ran.err + ran.out), ran);
  const loggedIn = (isIn: boolean): void => void (process.env[LOGIN] = ground.path(isIn ? "login.json" : "nobody.json"));
  const look = async (): Promise<{ outcome: string; why: string }> =>
    JSON.parse(
      (await deploy("update-once", "--namespace", NAMESPACE, "--kubeconfig", cluster.kubeconfig, "--skip-preflight", "--json")).out,
    );
  const runs = async (): Promise<string> => {
    const { stdout } = await helm("list", "--kubeconfig", cluster.kubeconfig, "--namespace", NAMESPACE, "-o", "json");
    return JSON.parse(stdout)[0].app_version;
  };
  const begun = async (): Promise<number> => {
    const { stdout } = await run(
      tools.env["KUBECTL"] ?? "",
      ["get", "events", "--kubeconfig", cluster.kubeconfig, "--namespace", NAMESPACE, "-o", "jsonpath={.items[*].reason}"],
      { env: process.env },
    );
    return stdout.split(" ").filter((reason) => reason === "UpgradeStarted").length;
  };
  const digit = (n: number): string => `sha256:${String(n).repeat(64)}`;

  /** What who publishes does for a version: chart, release, and both where readers look. */
  const publish = async (version: string, { channels = "stable, canary", key = "ours.pem", from = "0.1.0" } = {}): Promise<void> => {
    await helm("package", CHART_FOLDER, "--version", version, "--app-version", version, "--destination", ground.path("."));
    const chart = ground.path(`touchstone-${version}.tgz`);
    await helm("push", chart, `oci://${registry.address}/charts`, "--plain-http");
    ground.write(
      "release.yaml",
      `product: ${version}
chart: { address: oci://${registry.address}/charts/touchstone }
images: { controlPlane: "${digit(1)}", dataplane: "${digit(2)}", updater: "${digit(3)}" }
channels: [${channels}]
upgradableFrom: ${from}
reversible: true
notes: https://example.org/notes
`,
    );
    const file = ground.path(`release-${version}.json`);
    good(await deploy("release", "sign", ground.path("release.yaml"), "--chart", chart, "--key", ground.path(key), "-o", file));
    const pushed = good(await deploy("release", "push", file, "--to", releases));
    assert.match(pushed.out, new RegExp(`^${releases}:${version}@sha256:[a-f0-9]{64}\n$`));
  };
  const point = async (version: string): Promise<void> => {
    const [release, pointer] = [ground.path(`release-${version}.json`), ground.path(`pointer-${version}.json`)];
    good(await deploy("release", "point", release, "--channel", "stable", "--key", ground.path("ours.pem"), "-o", pointer));
    good(await deploy("release", "push", pointer, "--to", releases));
  };

  before(async () => {
    registry = await startRegistry({ asks: true });
    releases = `oci://${registry.address}/touchstone/releases`;
    const { user, password } = REGISTRY_LOGIN;
    ground.write(
      "login.json",
      JSON.stringify({ auths: { [registry.address]: { auth: Buffer.from(`${user}:${password}`).toString("base64") } } }),
    );
    ground.write("nobody.json", "{}");
    Object.assign(process.env, tools.env);
    loggedIn(true);
    for (const name of ["ours", "strangers"]) good(await deploy("keys", "new", ground.path(name)));
    ground.write(
      "deployment.yaml",
      `version: 1
name: quality
model: customer
fqdn: quality.example.org
size: dev
store: demo
cluster: { namespace: ${NAMESPACE} }
upgrades: namespace-admin
updater: { pointer: "${releases}:stable", networks: [{ cidrs: [198.51.100.0/24], ports: [443] }] }
`,
    );
    cluster = await startCluster();
    good(await onCluster("install", "--create-secrets", "--skip-preflight"));
    await publish("0.2.0");
    await point("0.2.0");
  });
  after(async () => {
    delete process.env[LOGIN];
    await cluster?.close();
    await registry?.close();
    ground.remove();
  });

  test("what is there is verified and shown by its address", async () => {
    const verify = (key: string) => deploy("release", "verify", `${releases}:stable`, "--keys", ground.path(key));
    assert.match(good(await verify("ours.pub.pem")).out, /^good: /);
    assert.match((await verify("strangers.pub.pem")).err, /error DOCUMENT_SIGNER_UNKNOWN/);
    assert.match(good(await deploy("release", "show", `${releases}:0.2.0`)).out, /release 0\.2\.0/);
    assert.match(
      (await deploy("release", "show", `oci://${registry.address}/charts/touchstone:0.2.0`)).err,
      /error DOCUMENT_INVALID[^]*helm/,
    );
  });

  test("the updater follows a pointer of a registry, with the login that it is given", async () => {
    good(await onCluster("updater", "allow", "--keys", ground.path("ours.pub.pem")));
    loggedIn(false);
    const refused = await look();
    loggedIn(true);
    assert.equal(refused.outcome, "unreachable");
    assert.match(refused.why, /lets nobody in/);
    const { outcome, why } = await look();
    assert.equal(outcome, "upgraded", why);
    assert.equal(await runs(), "0.2.0");
    assert.equal((await look()).outcome, "current");
  });

  test("a person upgrades to a version beside the pointer, by the keys of the updater, and is told what to write down", async () => {
    await publish("0.3.0");
    const { out } = good(await upgradeTo("0.3.0"));
    assert.match(out, /the release 0\.3\.0 is signed by sha256:/);
    assert.match(out, /# for deployment\.yaml[^]*version: 0\.3\.0\n\s+digests:\n\s+controlPlane: sha256:1{64}/);
    assert.equal(await runs(), "0.3.0");
  });

  test("by its address, and to one that a channel points to, which is never a step back", async () => {
    await publish("0.4.0");
    const { out } = good(await upgradeTo(`${releases}:0.4.0`, "--keys", ground.path("ours.pub.pem"), "--json"));
    assert.equal(JSON.parse(out).release.version, "0.4.0");
    assert.match((await upgradeTo(`${releases}:stable`)).err, /error DEPLOY_OLDER/);
    good(await upgradeTo(`${releases}:0.3.0`));
    assert.equal(await runs(), "0.3.0", "who names an older release means it");
  });

  test("images that nobody has signed are installed by neither, where deployment.yaml says that they have to be", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const imageSigners = publicKey.export({ type: "spki", format: "pem" }).toString();
    const usual = readFileSync(ground.path("deployment.yaml"), "utf8");
    ground.write("deployment.yaml", `${usual}${stringify({ release: { imageRegistry: registry.address, imageSigners } })}`);
    good(await onCluster("updater", "allow", "--keys", ground.path("ours.pub.pem")));
    await point("0.4.0");
    const before = await begun();
    const { outcome, why } = await look();
    assert.deepEqual([outcome, /is not signed: cosign has put nothing beside it/.test(why)], ["refused", true], why);
    assert.equal(await begun(), before, "nothing is said to begin");
    assert.match((await upgradeTo("0.4.0")).err, /error IMAGE_UNSIGNED/);
    assert.match((await onCluster("upgrade", "--skip-preflight")).err, /error IMAGE_UNPINNED/);
    ground.write("deployment.yaml", usual);
    good(await onCluster("updater", "allow", "--keys", ground.path("ours.pub.pem")));
    assert.equal(await runs(), "0.3.0");
  });

  test("what is not to be installed is refused, each by its own code", async () => {
    await publish("0.5.0", { key: "strangers.pem" });
    await publish("0.6.0", { channels: "canary" });
    await publish("0.7.0", { from: "0.6.0" });
    // A registry that shows something older that was signed.
    for (const tag of ["0.9.0", "stable"])
      good(await deploy("release", "push", ground.path("release-0.2.0.json"), "--to", `${releases}:${tag}`));
    const cases: [to: string, code: string, why: RegExp][] = [
      ["0.5.0", "DOCUMENT_SIGNER_UNKNOWN", /sha256:/],
      ["0.6.0", "RELEASE_UNFIT", /signed for canary/],
      ["0.7.0", "RELEASE_UNFIT", /reached from 0\.6\.0/],
      ["0.9.0", "RELEASE_UNFIT", /under the name 0\.9\.0 is the release 0\.2\.0/],
      [`${releases}:stable`, "RELEASE_UNFIT", /without a pointer/],
      ["9.9.9", "REGISTRY_LACKS", /no such repository, tag or digest/],
      [`oci://${registry.address}/charts/touchstone:0.2.0`, "DOCUMENT_INVALID", /helm/],
      ["oci://127.0.0.1:9/touchstone/releases:stable", "REGISTRY_UNREACHABLE", /ECONNREFUSED|bad port/],
      ["oci://user:secret@registry.example.org/a:b", "OPTION_INVALID", /without a user/],
    ];
    for (const [to, code, why] of cases) {
      const { status, err } = await upgradeTo(to);
      assert.deepEqual([status, new RegExp(`error ${code}\\b`).test(err)], [2, true], `${to}: ${err}`);
      assert.match(err, why);
      assert.doesNotMatch(err, /secret/);
    }
    loggedIn(false);
    assert.match((await upgradeTo("0.4.0")).err, /error REGISTRY_REFUSED/);
    loggedIn(true);
    good(await onCluster("updater", "pause"));
    assert.match((await upgradeTo("0.4.0")).err, /error RELEASE_KEYS_MISSING/);
    assert.equal(await runs(), "0.3.0");
  });
});
