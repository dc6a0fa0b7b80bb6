/** One file out of a zip archive (APPNOTE 4.3): wheels and Lambda layers are such, and Node reads the compression but not the container. */
import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

type Entry = { name: string; method: number; packedBytes: number; at: number };

/** The directory at the archive's end. */
const entriesOf = (zip: Buffer): Entry[] => {
  const comment = Buffer.alloc(4);
  comment.writeUInt32LE(END);
  const end = zip.lastIndexOf(comment);
  if (end < 0 || end + END_BYTES > zip.length) throw new Error("it is not a zip archive");
  const entries: Entry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== ENTRY) throw new Error("the directory of the zip archive is broken");
    const nameBytes = zip.readUInt16LE(at + 28);
    entries.push({
      name: zip.toString("utf8", at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes),
      method: zip.readUInt16LE(at + 10),
      packedBytes: zip.readUInt32LE(at + 20),
      at: zip.readUInt32LE(at + 42),
    });
    at += ENTRY_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
};

/** The content of the file of that name. Throws when it is not there. */
export const unzipFile = (zip: Buffer, name: string): Buffer => {
  const entry = entriesOf(zip).find((one) => one.name === name);
  if (entry === undefined) throw new Error(`${name} is not in the zip archive`);
  const start = entry.at + LOCAL_BYTES + zip.readUInt16LE(entry.at + 26) + zip.readUInt16LE(entry.at + 28);
  const packed = zip.subarray(start, start + entry.packedBytes);
  if (entry.method === STORED) return packed;
  if (entry.method === DEFLATED) return inflateRawSync(packed);
  throw new Error(`${name} is packed in a way that is not known (${entry.method})`);
};
