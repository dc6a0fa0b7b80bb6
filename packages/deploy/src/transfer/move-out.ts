/** A move, on the side that is left: everything that writes is stopped, and the store is copied with sums that tell whether the copy is whole. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { userError } from "@touchstone/core/errors";
import type { TableSum, TransferDocument } from "./document.ts";
import { differencesOf, differencesText } from "./sums.ts";

/** A metadata store, by whoever can open it. */
export type MovableStore = {
  sums: () => Promise<TableSum[]>;
  /** Into a file that appears when it is whole. */
  backup: (file: string) => Promise<void>;
  /** Into an empty store of the same schema, whole or not at all. */
  restore: (file: string) => Promise<void>;
  /** Wraps every stored secret with the first of these keys; all of them are at hand. */
  rewrap: (ring: string) => Promise<void>;
};

export const fileDigest = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const part of createReadStream(file)) hash.update(Buffer.from(part));
  return `sha256:${hash.digest("hex")}`;
};

/** Copies a store that nobody writes to. Throws TRANSFER_STILL_WRITTEN when somebody does. */
export const copyStore = async (store: MovableStore, file: string): Promise<NonNullable<TransferDocument["store"]>> => {
  const before = await store.sums();
  await store.backup(file);
  const differences = differencesOf(before, await store.sums());
  if (differences.length > 0) throw userError("TRANSFER_STILL_WRITTEN", differencesText(differences));
  return { sums: before, backup: { digest: await fileDigest(file), bytes: (await stat(file)).size } };
};
