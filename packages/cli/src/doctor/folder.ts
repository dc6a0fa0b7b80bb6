/** The data folder: whether it is there, may be written, and who has it. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import { lockHolder } from "@touchstone/engine/enrichment/lock";
import type { Config } from "@touchstone/server/config";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { reasonOf } from "./reason.ts";

export type DataFolder = {
  findings: Finding[];
  /** `free`: nobody has it; `held`: a process that lives has it; `absent`: nothing was made there yet; `unusable`. */
  state: "free" | "held" | "absent" | "unusable";
  /** Whether it holds an embedded store. */
  hasStore: boolean;
};

const SUBJECT = "data folder";
const unusable = (...findings: Finding[]): DataFolder => ({ findings, state: "unusable", hasStore: false });

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
};

const lookedAt = async (folder: string): Promise<DataFolder> => {
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  const hasStore = await isThere(join(folder, "store"));
  const holder = await lockHolder(join(folder, "lock"));
  const finding = holder === null ? ok(SUBJECT, `${folder}, which no process has`) : ok(SUBJECT, `${folder}: ${holder}`);
  return { findings: [finding], state: holder === null ? "free" : "held", hasStore };
};

export const lookAtFolder = async ({ data, database_url }: Config): Promise<DataFolder> => {
  try {
    if (!(await stat(data)).isDirectory())
      return unusable(problem(SUBJECT, `${data} is a file`, "a folder that may be written", "name another with --data or TOUCHSTONE_DATA"));
    return await lookedAt(data);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") {
      const found =
        database_url === null
          ? note(
              SUBJECT,
              `${data} is not there yet`,
              "nothing: the first start makes it",
              "if there should be one, name it with --data or TOUCHSTONE_DATA",
            )
          : ok(SUBJECT, `${data} is not there, and with a store on a server need not be`);
      return { findings: [found], state: "absent", hasStore: false };
    }
    return unusable(
      problem(
        SUBJECT,
        `${data}: ${reasonOf(thrown)}`,
        "a folder that this user may read and write",
        "give it to this user, or name another with --data",
      ),
    );
  }
};
