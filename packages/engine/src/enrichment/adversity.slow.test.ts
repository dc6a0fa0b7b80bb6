/** Places that only the system can make bad: a full disk, a read-only mount, a folder of another user. Linux and root. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { toErrorInfo } from "@touchstone/core/errors";
import { describeWrite, openTarget } from "./index.ts";
import { newFolder, parquet, targetOptions, texts, withEngine } from "./local-ground.ts";
import { recordAnomaly, sampleContainer, sampleOperation } from "./sample-report.ts";
import { failsWith } from "./target-cases.ts";
import type { EnrichmentTarget } from "./target.ts";

const open = (target: string, tempFolder: string): Promise<EnrichmentTarget> =>
  openTarget(target, { ...targetOptions("_p", 500), tempFolder, source: "x" });

/** Noise that no compression makes small. */
const noise = (length: number): string => Buffer.from(Array.from({ length }, () => Math.floor(Math.random() * 256))).toString("hex");
const containers = (records: number): ReturnType<typeof sampleContainer>[] => [
  sampleContainer(
    "orders",
    [["id", "String"]],
    Array.from({ length: records }, (_, i) => recordAnomaly(`f${i}`, { id: noise(500) })),
  ),
];
const writeOf = (id: string, records: number): ReturnType<typeof describeWrite> =>
  describeWrite(sampleOperation({ id }), "_p", containers(records));

const canMount =
  process.getuid?.() === 0 && spawnSync("mount", ["--version"]).status === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

const mounted = async (options: string, work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = newFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  try {
    await work(folder);
  } finally {
    execFileSync("umount", [folder]);
    rmSync(folder, { recursive: true });
  }
};

/** The operations that a reader finds. */
const operationsIn = (target: string): Promise<string> =>
  withEngine(async (connection) => {
    const isFolder = !target.endsWith(".duckdb");
    if (!isFolder) await connection.run(`ATTACH '${target}' AS store (READ_ONLY)`);
    const from = isFolder ? parquet(target, "_p_failed_checks") : "store._p_failed_checks";
    return JSON.stringify(await texts(connection, `SELECT operation_id, count(*) FROM ${from} GROUP BY 1 ORDER BY 1`));
  });

/** The test file is also the writer without rights: `write TARGET TEMP` prints the error's code, or `written`. */
const asNobody = (target: string, temp: string): string => {
  const nobody = 65_534;
  const argv = [fileURLToPath(import.meta.url), "write", target, temp];
  const { stdout, stderr } = spawnSync(process.execPath, argv, {
    uid: nobody,
    gid: nobody,
    encoding: "utf8",
    cwd: "/",
    env: { HOME: temp },
  });
  return stdout.trim() || stderr;
};

const adversity = (): void => {
  for (const name of ["store", "store.duckdb"]) {
    test(
      `${name}: a full disk is DISK_FULL, what was there stays, and nothing is left of the new`,
      { skip: canMount ? false : "needs the right to mount" },
      () =>
        mounted("size=6m", async (folder) => {
          const temp = newFolder();
          const target = await open(join(folder, name), temp);
          await target.write(writeOf("run-1", 10));
          const before = await operationsIn(join(folder, name));
          await failsWith("DISK_FULL", () => target.write(writeOf("run-2", 20_000)));
          assert.equal(await operationsIn(join(folder, name)), before);
          if (name === "store") assert.deepEqual(readdirSync(join(folder, name, ".touchstone", "_p")), []);
          await target.write(writeOf("run-3", 10));
          assert.equal(await operationsIn(join(folder, name)), '[["run-1","10"],["run-3","10"]]');
          rmSync(temp, { recursive: true });
        }),
    );

    test(`${name}: a file system that becomes read-only is TARGET_READ_ONLY`, { skip: canMount ? false : "needs the right to mount" }, () =>
      mounted("size=20m", async (folder) => {
        const temp = newFolder();
        const target = await open(join(folder, name), temp);
        await target.write(writeOf("run-1", 10));
        execFileSync("mount", ["-o", "remount,ro", folder]);
        await failsWith("TARGET_READ_ONLY", () => target.write(writeOf("run-2", 10)));
        await failsWith("TARGET_READ_ONLY", () => open(join(folder, name), temp));
        await failsWith("TARGET_READ_ONLY", () => open(join(folder, `new-${name}`), temp));
        rmSync(temp, { recursive: true });
      }),
    );
  }

  test(
    "a user without rights gets TARGET_READ_ONLY, and one with rights writes",
    { skip: process.getuid?.() === 0 ? false : "needs root to become somebody else" },
    async () => {
      const folder = newFolder();
      chmodSync(folder, 0o755);
      const free = join(folder, "free");
      for (const place of [free, join(folder, "temp")]) {
        mkdirSync(place);
        chmodSync(place, 0o777);
      }
      const temp = join(folder, "temp", "t");
      await (await open(join(folder, "owned"), join(folder, "root-temp"))).write(writeOf("run-1", 1));
      await (await open(join(folder, "owned.duckdb"), join(folder, "root-temp"))).write(writeOf("run-1", 1));
      for (const name of ["new", "new.duckdb", "owned", "owned.duckdb"])
        assert.equal(asNobody(join(folder, name), temp), "TARGET_READ_ONLY", name);
      for (const name of ["new", "new.duckdb"]) {
        assert.equal(asNobody(join(free, name), temp), "written", name);
        assert.ok(existsSync(join(free, name)));
      }
      rmSync(folder, { recursive: true });
    },
  );
};

const writeOnce = async (target: string, temp: string): Promise<void> => {
  try {
    await (await open(target, temp)).write(writeOf("run-9", 1));
    process.stdout.write("written\n");
  } catch (thrown) {
    process.stdout.write(`${toErrorInfo(thrown).code}\n`);
  }
};

const [, , verb, target, temp] = process.argv;
if (verb === "write") await writeOnce(target ?? "", temp ?? "");
else adversity();
