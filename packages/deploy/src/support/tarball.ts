/**
 * A gzipped tar archive of texts (POSIX.1-2017, pax interchange format), the same bytes for the same texts: sorted by name, without the
 * times, owners and rights of whoever makes it.
 */
import { gzipSync } from "node:zlib";

const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
const FILE_MODE = 0o644;
/** Bytes of gzip's header that say which system has made it (RFC 1952): unknown. */
const SYSTEM_AT = 9;
const SYSTEM_UNKNOWN = 255;

const padded = (content: Buffer): Buffer[] => [content, Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES)];

const header = (name: string, bytes: number, type: "0" | "x"): Buffer => {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number) => block.write(value.toString(8).padStart(digits, "0"), at, "ascii");
  block.write(name, 0, NAME_BYTES_MAX, "utf8");
  octal(FILE_MODE, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(bytes, 124, 11);
  octal(0, 136, 11);
  block.fill(" ", 148, 156);
  block.write(type, 156, "ascii");
  block.write("ustar\u000000", 257, "latin1");
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block.writeUInt8(0, 154);
  return block;
};

/** A record says its own length, in which its digits count too. */
const record = (key: string, value: string): Buffer => {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
};

const entry = (name: string, content: Buffer): Buffer[] => {
  const own = [header(name, content.length, "0"), ...padded(content)];
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return own;
  const path = record("path", name);
  return [header("pax", path.length, "x"), ...padded(path), ...own];
};

/** The archive of files by their names. */
export const tarball = (files: ReadonlyMap<string, string>): Buffer => {
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const blocks = sorted.flatMap(([name, text]) => entry(name, Buffer.from(text)));
  const archive = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]), { level: 9 });
  archive.writeUInt8(SYSTEM_UNKNOWN, SYSTEM_AT);
  return archive;
};
