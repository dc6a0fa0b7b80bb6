/** Runs the program of an image as a restricted pod would: no root, no capabilities, no new privileges, a root that cannot be written, no network. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

export type Ended = { status: number; stdout: string; stderr: string };
export type RunOptions = {
  /** Folders of this machine that are seen inside, read-only. */
  folders?: Readonly<Record<string, string>>;
  /** Places inside that can be written, in memory. */
  writable?: readonly string[];
  env?: readonly string[];
  /** What an emulator runs takes ten times as long. */
  timeoutMs?: number;
};

const USER = 65_532;
const TIMEOUT_MS = 60_000;
const NO_CAPABILITIES = { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] };

const tmpfs = (destination: string) => ({
  destination,
  type: "tmpfs",
  source: "tmpfs",
  options: ["nosuid", "nodev", "mode=1777", "size=256m"],
});

/** The OCI runtime's configuration (https://github.com/opencontainers/runtime-spec). */
const configOf = (rootfs: string, args: readonly string[], { folders = {}, writable = ["/tmp"], env = [] }: RunOptions) => ({
  ociVersion: "1.0.0",
  process: {
    terminal: false,
    user: { uid: USER, gid: USER },
    args,
    env: ["PATH=/usr/local/bin", "HOME=/tmp", ...env],
    cwd: "/tmp",
    capabilities: NO_CAPABILITIES,
    noNewPrivileges: true,
  },
  root: { path: rootfs, readonly: true },
  hostname: "restricted",
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
    ...writable.map(tmpfs),
    ...Object.entries(folders).map(([destination, source]) => ({ destination, source, type: "bind", options: ["rbind", "ro"] })),
  ],
  linux: { namespaces: ["pid", "network", "ipc", "uts", "mount"].map((type) => ({ type })) },
});

/** Runs a command of the image whose root lies there, to its end. */
export const runRestricted = async (rootfs: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> => {
  const bundle = await mkdtemp(join(tmpdir(), "touchstone-run-"));
  try {
    await writeFile(join(bundle, "config.json"), JSON.stringify(configOf(rootfs, args, options)));
    await mkdir(join(bundle, "state"));
    return await new Promise((resolve) =>
      execFile(
        "runc",
        ["--root", join(bundle, "state"), "run", "--bundle", bundle, basename(bundle)],
        { timeout: options.timeoutMs ?? TIMEOUT_MS, maxBuffer: 2 ** 24 },
        (error, stdout, stderr) =>
          resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr }),
      ),
    );
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
};
