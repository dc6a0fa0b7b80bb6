/** Names of enrichment tables and ids of what stands in them. Pure: the same operation always gets the same names and ids. */
import { createHash } from "node:crypto";
import { userError } from "@touchstone/core/errors";

/** The longest prefix: a table name stays readable, and a file name stays far below the 255 bytes of a file system. */
const PREFIX_MAX = 60;
const HASH_LENGTH = 8;
/** With prefix, hash and ending a file name of a folder target stays below 255 bytes. */
const ID_MAX = 120;

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);

/** Lower snake case of ASCII. What has letters of other scripts gets a short hash, so that two such names stay apart. */
export const slug = (name: string): string => {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "");
  const snake = plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
  if (/[^\p{ASCII}]/u.test(plain) || snake === "") return [snake, hash(name)].filter(Boolean).join("_");
  return snake;
};

/** A name cut to so many bytes, told apart from others with the same beginning by a hash of the whole. */
export const fitName = (name: string, bytesMax: number): string => {
  if (Buffer.byteLength(name) <= bytesMax) return name;
  let cut = "";
  for (const character of name) {
    if (Buffer.byteLength(cut + character) > bytesMax - HASH_LENGTH - 1) break;
    cut += character;
  }
  return `${cut}_${hash(name)}`;
};

/** The prefix of a source that has been given none: `_` and its name in snake case, at most 60 characters. */
export const defaultPrefix = (source: string): string => fitName(`_${slug(source)}`, PREFIX_MAX);

/** A prefix as given by a user. Throws OPTION_INVALID. */
export const checkPrefix = (prefix: string): string => {
  if (/^[a-z_][a-z0-9_]*$/.test(prefix) && prefix.length <= PREFIX_MAX) return prefix;
  throw userError(
    "OPTION_INVALID",
    `--enrich-prefix ${prefix}`,
    `it is lower-case letters, digits and _, at most ${PREFIX_MAX}, and does not begin with a digit`,
  );
};

const OPERATION_ID = /^[\w-][\w.-]{0,63}$/;

/** An operation id is part of file names in a folder target. Throws OPTION_INVALID. */
export const checkOperationId = (id: string): string => {
  if (OPERATION_ID.test(id)) return id;
  throw userError(
    "OPTION_INVALID",
    `--operation-id ${id}`,
    "it is 1 to 64 letters, digits, dots, dashes and underscores, and does not begin with a dot",
  );
};

/** An id per container name: its slug; containers with the same slug are told apart by a hash of their name. */
export const containerIds = (containers: readonly string[]): Map<string, string> => {
  const slugs = containers.map((name) => fitName(slug(name), ID_MAX));
  const isShared = (id: string): boolean => slugs.filter((other) => other === id).length > 1;
  return new Map(containers.map((name, i) => [name, isShared(slugs[i]!) ? `${slugs[i]}_${hash(name)}` : slugs[i]!]));
};

/** Namespace of our UUIDs (RFC 9562 §5.5 asks for one); drawn once, never to change. */
const NAMESPACE = Buffer.from("6f0c1d0a1f7a4b6e9d9a2f7e63c1b5a4", "hex");

/** UUID version 5 (RFC 9562 §5.5) of the parts: the same finding of the same operation has the same id in every rerun. */
export const anomalyUuid = (...parts: readonly string[]): string => {
  const bytes = createHash("sha1").update(NAMESPACE).update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};
