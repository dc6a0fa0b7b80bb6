/** Files that a person names: keys, documents, charts. */
import { readFile } from "node:fs/promises";
import { userError } from "@touchstone/core/errors";

/** Throws DOCUMENT_UNREADABLE. */
export const readGiven = (file: string): Promise<Buffer> =>
  readFile(file).catch((thrown: unknown) => {
    throw userError("DOCUMENT_UNREADABLE", file, `the system reports ${String(Reflect.get(Object(thrown), "code") ?? "an error")}`);
  });

export const readGivenText = async (file: string): Promise<string> => (await readGiven(file)).toString("utf8");
