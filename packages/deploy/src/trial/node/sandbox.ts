/**
 * A machine within this machine: namespaces of its own for processes, network, mounts and control groups. What is started in it sees no
 * other, and all of it is gone with its first process, which the kernel ends when whoever made it is gone, even by SIGKILL: no mount, no
 * interface and no rule of a firewall can be left behind. As root.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Running } from "../real/programs.ts";

const run = promisify(execFile);

/** Control groups of version 1, each a hierarchy of its own (kubelet and runc take these; hugetlb and the others they do without). */
const HIERARCHIES = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd"];
const GROUPS = "/sys/fs/cgroup";
const START_MS = 30_000;
const LOOK_MS = 50;
/** The kernel takes a moment to see the last process of a group off. */
const GONE_MS = 15_000;
const OUTPUT_BYTES = 2 ** 24;

/** What kubelet sets for the whole machine. It does so in these files: the machine has other users. */
const SETTINGS: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

/** Run by the first process, which then only buries what others leave to it. */
const FIRST = `
set -e
mount --make-rshared /
umount --recursive /sys
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs ${GROUPS}
for one in ${HIERARCHIES.filter((one) => one !== "systemd").join(" ")}; do mkdir ${GROUPS}/$one; mount -t cgroup -o $one cgroup ${GROUPS}/$one; done
mkdir ${GROUPS}/systemd; mount -t cgroup -o none,name=systemd cgroup ${GROUPS}/systemd
mount -t tmpfs tmpfs /run
for one in ${Object.keys(SETTINGS).join(" ")}; do mount --bind "$1/settings/$(basename $one)" /proc/sys/$one; done
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
touch "$1/started"
while :; do sleep 1000 & wait; done
`;

/** Puts the shell and what it becomes into the machine's own groups, for nsenter leaves it in ours. */
const JOIN = `for one in ${GROUPS}/*/cgroup.procs; do echo 0 > $one; done; exec "$@"`;

export type Sandbox = {
  /** Its first process, as this machine knows it. */
  pid: number;
  folder: string;
  /** Runs a program inside to its end, and answers what it said. */
  run: (program: string, ...args: string[]) => Promise<string>;
  /** Starts a program that stays; it writes into a log in the folder. */
  start: (program: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Running;
  close: () => Promise<void>;
};

const groupsOf = (name: string): string[] => HIERARCHIES.map((one) => join(GROUPS, one, name));

const makeGroups = async (name: string): Promise<void> => {
  for (const group of groupsOf(name)) await mkdir(group, { recursive: true });
  const cpuset = join(GROUPS, "cpuset");
  // A group without processors takes no process.
  for (const file of ["cpuset.cpus", "cpuset.mems"]) await writeFile(join(cpuset, name, file), await readFile(join(cpuset, file)));
};

/** Takes a tree of groups away, from its leaves. */
const removeGroup = async (group: string): Promise<void> => {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  await rmdir(group).catch(() => undefined);
};

const removeGroups = async (name: string): Promise<void> => {
  for (const end = Date.now() + GONE_MS; Date.now() < end; await sleep(LOOK_MS)) {
    for (const group of groupsOf(name)) await removeGroup(group);
    if (groupsOf(name).every((group) => !existsSync(group))) return;
  }
};

const NAMED = /^touchstone-(\d+)-/;

/** What a test's machine is called, by the process that makes it. */
export const sandboxName = (name: string): string => `touchstone-${process.pid}-${name}`;

/** Groups of tests that were killed: their processes ended with them, and nobody took the empty groups away. */
export const sweepGroups = async (): Promise<void> => {
  const names = await readdir(join(GROUPS, "memory")).catch(() => []);
  const isLeft = (name: string): boolean => NAMED.test(name) && !existsSync(`/proc/${NAMED.exec(name)?.[1] ?? ""}`);
  for (const name of names.filter(isLeft)) await removeGroups(name);
};

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => child.once("exit", () => resolve()));

/** The process that a process has started, as the kernel lists it. */
const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0] ?? "0");

/** Makes one whose host name and groups are called so, with a folder of its own below the given one. */
export const makeSandbox = async (name: string, below: string): Promise<Sandbox> => {
  const folder = join(below, name);
  await mkdir(join(folder, "settings"), { recursive: true });
  for (const [path, value] of Object.entries(SETTINGS))
    await writeFile(join(folder, "settings", path.split("/").at(-1) ?? ""), `${value}\n`);
  await makeGroups(name);
  const joined = groupsOf(name).map((group) => `echo $$ > ${group}/cgroup.procs`);
  const unshare = ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", "--net", "--mount", "--uts", "--ipc", "--cgroup"];
  const script = [...joined, `exec ${unshare.join(" ")} -- bash -c "$0" first "$1"`].join("\n");
  const log = openSync(join(folder, "first.log"), "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", "bash", "-c", script, FIRST, folder], { stdio: ["ignore", log, log] });
  closeSync(log);
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended(child);
    await removeGroups(name);
  };
  for (const end = Date.now() + START_MS; !existsSync(join(folder, "started")); await sleep(LOOK_MS))
    if (child.exitCode !== null || Date.now() > end) {
      await close();
      throw new Error(`${name} cannot be made: ${readFileSync(join(folder, "first.log"), "utf8")}`);
    }
  const pid = childOf(child.pid ?? 0);
  const inside = ["--target", String(pid), "--all", "--", "bash", "-c", JOIN, "inside"];
  return {
    pid,
    folder,
    run: async (program, ...args) => (await run("nsenter", [...inside, program, ...args], { maxBuffer: OUTPUT_BYTES })).stdout,
    start: (program, args, env = {}) => {
      const label = program.split("/").at(-1) ?? program;
      const file = join(folder, `${label}.log`);
      const out = openSync(file, "a");
      const started = spawn("nsenter", [...inside, program, ...args], {
        stdio: ["ignore", out, out],
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder, ...env },
      });
      closeSync(out);
      return { program: label, child: started, log: file };
    },
    close,
  };
};
