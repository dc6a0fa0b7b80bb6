/** The bytes of a text file, decompressed, and the encoding they are written in. */
import { isAscii, isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import type { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { UserError, userError } from "@touchstone/core/errors";

export type Compression = "none" | "gzip" | "zstd";
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

const CHUNK_BYTES = 1024 * 1024;

const plainReason = (thrown: unknown): string => {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOENT") return "it is no longer there";
  if (code === "EISDIR") return "it is a folder";
  if (/^(Z_|ZSTD|ERR_)/.test(code)) return "its compressed data is damaged or cut off";
  return code === "" ? "it could not be read to its end" : `the system reports ${code}`;
};

/** A failure of reading as the user error it is. */
export const unreadable = (path: string, thrown: unknown): UserError =>
  thrown instanceof UserError ? thrown : new UserError(userError("SOURCE_UNREADABLE", path, plainReason(thrown)).info, { cause: thrown });

const opened = (path: string, compression: Compression): Readable => {
  const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (compression === "none") return raw;
  const inflate = compression === "gzip" ? createGunzip({ chunkSize: CHUNK_BYTES }) : createZstdDecompress({ chunkSize: CHUNK_BYTES });
  // The iterator below sees the error on `inflate`; pipeline hands it there and closes the file.
  return pipeline(raw, inflate, () => undefined);
};

/** The decompressed bytes of a file, piece by piece. Throws SOURCE_UNREADABLE. */
export async function* chunksOf(path: string, compression: Compression): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of opened(path, compression)) yield chunk as Buffer;
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** The first bytes of a file, decompressed, and whether they are all of it. Throws SOURCE_UNREADABLE. */
export const headOf = async (path: string, compression: Compression, bytesMax: number): Promise<{ bytes: Buffer; isWhole: boolean }> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(path, compression)) {
    parts.push(chunk);
    length += chunk.length;
    if (length > bytesMax) return { bytes: Buffer.concat(parts).subarray(0, bytesMax), isWhole: false };
  }
  return { bytes: Buffer.concat(parts), isWhole: true };
};

const BYTE_ORDER_MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** Share of zero bytes at even and at odd places: ASCII text in UTF-16 has a zero in nearly every pair. */
const zeroShares = (head: Buffer): { even: number; odd: number } => {
  const zeros = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) zeros[i % 2]!++;
  const pairs = Math.max(1, head.length / 2);
  return { even: zeros[0]! / pairs, odd: zeros[1]! / pairs };
};

const MANY = 0.4;
const FEW = 0.05;

/** Without a last character that the cut may have split. */
const wholeCharacters = (head: Buffer): Buffer => {
  let end = head.length;
  while (end > 0 && end > head.length - 4 && (head[end - 1]! & 0xc0) === 0x80) end--;
  if (end > 0 && head[end - 1]! >= 0xc0) end--;
  return head.subarray(0, end);
};

/** The encoding the head of a file is written in. What is not UTF-8 or UTF-16 is taken for windows-1252, of which latin-1 is a part. */
export const encodingOf = (head: Buffer, isWhole: boolean): Encoding => {
  const marked = BYTE_ORDER_MARKS.find(([, mark]) => mark.every((byte, i) => head[i] === byte));
  if (marked !== undefined) return marked[0];
  const zeros = zeroShares(head);
  if (zeros.odd > MANY && zeros.even < FEW) return "utf-16le";
  if (zeros.even > MANY && zeros.odd < FEW) return "utf-16be";
  return isUtf8(isWhole ? head : wholeCharacters(head)) ? "utf-8" : "windows-1252";
};

/** First bytes of formats that are often given the name of another. */
const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ["a zip archive or an office document", [0x50, 0x4b, 0x03, 0x04]],
  ["an office document", [0xd0, 0xcf, 0x11, 0xe0]],
  ["a PDF document", [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ["a Parquet file", [0x50, 0x41, 0x52, 0x31]],
  ["compressed with gzip", [0x1f, 0x8b]],
  ["compressed with zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["compressed with bzip2", [0x42, 0x5a, 0x68]],
  ["an SQLite database", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20]],
  ["an image", [0x89, 0x50, 0x4e, 0x47]],
  ["an image", [0xff, 0xd8, 0xff]],
];
/** Share of control characters from which on bytes are no text: random bytes have a tenth, a text with stray ones far less than this. */
const CONTROL_MIN = 0.05;

/** So many may have slipped into any text. */
const CONTROLS_FEW = 8;

const isControl = (byte: number): boolean => (byte < 0x20 && (byte < 9 || byte > 13) && byte !== 0x1b) || byte === 0x7f;

/** What the bytes of a file called text are instead; null when they may be text. UTF-16 is told apart before. */
export const binaryKind = (head: Buffer): string | null => {
  let controls = 0;
  for (const byte of head) if (isControl(byte)) controls++;
  if (controls === 0) return null;
  const known = SIGNATURES.find(([, signature]) => signature.every((byte, i) => head[i] === byte));
  return known?.[0] ?? (controls > Math.max(CONTROLS_FEW, CONTROL_MIN * head.length) ? "binary, not text" : null);
};

/** The text of a head; a byte order mark is dropped. */
export const decodeHead = (head: Buffer, encoding: Encoding): string => new TextDecoder(encoding).decode(head);

const LF = 10;

/** Whether the lines of a chunk that are not ASCII are UTF-8 (at least one is), or not (none is). */
const hasUtf8Line = (chunk: Buffer): boolean => {
  for (let start = 0; start < chunk.length;) {
    const found = chunk.indexOf(LF, start);
    const end = found < 0 ? chunk.length : found + 1;
    const line = chunk.subarray(start, end);
    if (!isAscii(line) && isUtf8(line)) return true;
    start = end;
  }
  return false;
};

/** UTF-8 when some line with characters beyond ASCII is: the lines that are not are damaged. Else the file is windows-1252. */
export const encodingOfWhole = async (path: string, compression: Compression): Promise<"utf-8" | "windows-1252"> => {
  for await (const chunk of chunksOf(path, compression)) {
    if (!isAscii(chunk) && hasUtf8Line(chunk.subarray(0, chunk.lastIndexOf(LF) + 1))) return "utf-8";
  }
  return "windows-1252";
};
