/** A spreadsheet as the delimited text it is read as: its first sheet with rows, written into the temporary folder. */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { REFUSALS } from "../../spreadsheet/protocol.ts";
import { sheetToCsv } from "../../spreadsheet/read.ts";
import type { QueryOptions } from "../connector.ts";
import type { SourceFile } from "./locate.ts";

/** Throws SOURCE_UNREADABLE, ABORTED. */
export const asDelimited = async (file: SourceFile, tempFolder: string, { signal }: QueryOptions): Promise<SourceFile> => {
  // The same file is looked at anew by each sync.
  const csvPath = join(tempFolder, `sheet-${createHash("sha256").update(file.path).digest("hex")}.csv`);
  rmSync(csvPath, { force: true });
  const { refused } = await sheetToCsv({ path: file.path, csvPath, sheet: null }, { signal });
  if (refused !== null) throw userError("SOURCE_UNREADABLE", file.path, REFUSALS[refused]);
  return { ...file, path: csvPath, format: "delimited" };
};
