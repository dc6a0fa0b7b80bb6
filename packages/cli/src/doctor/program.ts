/** What the program itself needs: Node, the engine, its extensions, room for what does not fit into memory. */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { toErrorInfo } from "@touchstone/core/errors";
import { connectDefaults, extensionFolder, makeTempFolder } from "@touchstone/engine/connectors/defaults";
import { ENGINE_VERSION, installedExtensions } from "@touchstone/engine/connectors/files/extensions";
import { duckdb } from "@touchstone/engine/dialects/duckdb";
import { openSlot } from "@touchstone/engine/slot/slot";
import { VERSION } from "../version.ts";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { reasonOf } from "./reason.ts";

const NODE_MAJOR_MIN = 24;

const nodeFinding = (): Finding =>
  Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN
    ? ok("program", `Touchstone ${VERSION} on Node ${process.versions.node}`)
    : problem(
        "program",
        `Node ${process.versions.node}`,
        `Node ${NODE_MAJOR_MIN} or newer`,
        "npm ci brings one for most systems: node_modules/.bin/node",
      );

/** Starts the engine as an operation would, and asks for its version. */
const engineFinding = async (): Promise<Finding> => {
  const { memory, threads, tempFolder, tempBytesMax } = connectDefaults();
  try {
    const own = makeTempFolder(tempFolder);
    const settings = {
      memory,
      threads,
      tempFolder: own,
      tempBytesMax,
      target: "the engine",
      setup: [],
      allowedPaths: [],
      allowedDirectories: [],
    };
    const slot = await openSlot({ ...settings, extensionFolder: extensionFolder() }, duckdb);
    try {
      const [row] = await slot.session.query("SELECT version() AS version");
      return ok("engine", `DuckDB ${String(row?.["version"])} starts; it may use ${memory} of memory and ${threads} threads`);
    } finally {
      await slot.close();
    }
  } catch (thrown) {
    const { why } = toErrorInfo(thrown);
    return problem(
      "engine",
      `the engine does not start: ${why}`,
      "a process of its own with DuckDB in it",
      "npm ci; on a small machine more memory",
    );
  }
};

const extensionsFinding = (): Finding => {
  const folder = extensionFolder();
  const others = existsSync(folder) ? readdirSync(folder).filter((name) => /^v\d/.test(name) && name !== ENGINE_VERSION) : [];
  const installed = installedExtensions();
  if (installed.length === 0 && others.length > 0)
    return note(
      "extensions",
      `extensions for the engine ${others.join(", ")} in ${folder}`,
      `those of the engine ${ENGINE_VERSION}`,
      "touchstone extensions add FILE, for each that is used",
    );
  return ok(
    "extensions",
    installed.length === 0 ? "none (they are needed for s3://, gs://, az:// and https:// only)" : installed.join(", "),
  );
};

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** Below the first the store or a spilling query soon fails, below the second it may. */
const FREE_MIN = 200 * MIB;
const FREE_GOOD = 2 * GIB;

const sized = (bytes: number): string => (bytes < GIB ? `${Math.round(bytes / MIB)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`);

/** The nearest folder above that is there. */
const existing = (folder: string): string => (existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder)));

export const spaceFinding = async (subject: string, folder: string): Promise<Finding> => {
  try {
    const { bavail, bsize } = await statfs(existing(folder));
    const free = bavail * bsize;
    const found = `${sized(free)} free at ${folder}`;
    if (free >= FREE_GOOD) return ok(subject, found);
    return (free < FREE_MIN ? problem : note)(subject, found, `${sized(FREE_GOOD)}`, "make room, or name another folder");
  } catch (thrown) {
    return problem(subject, `${folder}: ${reasonOf(thrown)}`, "a folder on a file system that answers", "name another folder");
  }
};

const tempFinding = async (): Promise<Finding> => {
  const { tempFolder } = connectDefaults();
  try {
    await mkdir(tempFolder, { recursive: true });
    return await spaceFinding("temporary files", tempFolder);
  } catch (thrown) {
    return problem("temporary files", `${tempFolder}: ${reasonOf(thrown)}`, "a folder that may be written", "set TMPDIR to another folder");
  }
};

export const programFindings = async (): Promise<Finding[]> => [
  nodeFinding(),
  await engineFinding(),
  extensionsFinding(),
  await tempFinding(),
];
