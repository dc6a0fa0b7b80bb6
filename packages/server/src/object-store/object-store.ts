/**
 * What backups need of an object store, the same of S3 (and all that speak its protocol), Google Cloud Storage and Azure Blob. An object
 * appears whole or not at all: its parts are no object before the last request says so, whatever happens in between.
 */
import { createHash } from "node:crypto";
import { azureProtocol } from "./azure.ts";
import { placeText, type Place } from "./place.ts";
import type { Slice } from "./request.ts";
import { s3Protocol } from "./s3.ts";

export type Entry = { name: string; bytes: number; madeAt: Date };

/** An upload in parts; each part is answered by what the end names it by. */
export type Upload = {
  part: (number: number, bytes: Uint8Array) => Promise<string>;
  complete: (parts: readonly string[]) => Promise<void>;
  /** Gives back what the parts take; a process that is killed leaves that to the bucket's own rules. */
  abort: () => Promise<void>;
};

/** What the two protocols have in common; names are below the folder of the place. */
export type Protocol = {
  begin: (name: string) => Promise<Upload>;
  /** Of the version that an earlier slice was of, where one is given. */
  slice: (name: string, from: number, until: number, version: string | null) => Promise<Slice>;
  put: (name: string, bytes: Uint8Array) => Promise<void>;
  remove: (name: string) => Promise<void>;
  list: (beginning: string) => Promise<Entry[]>;
};

export type ObjectStore = Omit<Protocol, "begin" | "slice"> & {
  place: Place;
  /** Answers the SHA-256 of what was written. */
  write: (name: string, pieces: AsyncIterable<Uint8Array>) => Promise<string>;
  read: (name: string) => AsyncGenerator<Uint8Array>;
};

/** S3 takes parts from 5 MiB and ten thousand of them: this is room for 80 GB, and held twice in memory. */
const PART_BYTES = 8 * 1024 ** 2;

/** Pieces of any size as parts of one size, the last one smaller. */
export async function* partsOf(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces)
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + size - bytes);
      held.push(taken);
      bytes += taken.length;
      at += taken.length;
      if (bytes < size) continue;
      yield Buffer.concat(held);
      [held, bytes] = [[], 0];
    }
  if (bytes > 0) yield Buffer.concat(held);
}

const writeWith = async ({ begin }: Protocol, name: string, pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  const sum = createHash("sha256");
  const upload = await begin(name);
  try {
    const parts: string[] = [];
    for await (const bytes of partsOf(pieces, PART_BYTES)) {
      sum.update(bytes);
      parts.push(await upload.part(parts.length + 1, bytes));
    }
    await upload.complete(parts);
  } catch (thrown) {
    // What stopped it is what is told.
    await upload.abort().catch(() => undefined);
    throw thrown;
  }
  return sum.digest("hex");
};

/** In slices, so that a line that breaks costs one of them; all are of one version, or it is refused. */
async function* readWith({ slice }: Protocol, name: string): AsyncGenerator<Uint8Array> {
  let version: string | null = null;
  for (let from = 0, total = 1; from < total;) {
    const got: Slice = await slice(name, from, from + PART_BYTES - 1, version);
    yield got.bytes;
    from += got.bytes.length;
    ({ total, version } = got);
    if (got.bytes.length === 0) return;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Nobody is asked before something is done with it. Throws OBJECT_STORE_IDENTITY where the environment names no identity. */
export const openObjectStore = (place: Place, env: Environment): ObjectStore => {
  const protocol = place.scheme === "az" ? azureProtocol(place, env) : s3Protocol(place, env);
  const { put, remove, list } = protocol;
  return {
    place,
    put,
    remove,
    list,
    write: (name, pieces) => writeWith(protocol, name, pieces),
    read: (name) => readWith(protocol, name),
  };
};

/** Where an object is, as people name it. */
export const objectText = ({ place }: Pick<ObjectStore, "place">, name: string): string => placeText(place, name);
