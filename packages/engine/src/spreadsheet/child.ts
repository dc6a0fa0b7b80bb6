/**
 * The process that reads spreadsheets: what is sent by anybody may be made to unpack into any amount, so that the memory is bounded here,
 * and a process that is out of it takes nobody with it.
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { unzipSync } from "fflate";
import readWorkbook, { readSheet, SheetNotFoundError, type Row } from "read-excel-file/universal";
import type { SheetAnswer, SheetRequest } from "./protocol.ts";
import { csvLine, firstRows, numberText } from "./rows.ts";

/** The most that is unpacked: a sheet of a million rows and ten columns. */
const UNPACKED_BYTES_MAX = 256 * 1024 ** 2;
/** Rows that are written at once. */
const BLOCK = 1000;

/** As the directory of the archive tells it; no more than that is unpacked of any part. */
const unpackedBytes = (archive: Uint8Array): number => {
  let bytes = 0;
  unzipSync(archive, {
    filter: ({ originalSize }) => {
      bytes += originalSize;
      return false;
    },
  });
  return bytes;
};

/** Spaces around a text are part of it: whoever looks for them must find them. */
const OPTIONS = { trim: false, parseNumber: numberText };

const rowsOf = async (archive: ArrayBuffer, sheet: string | null): Promise<Row<string>[] | null> =>
  firstRows(sheet === null ? await readWorkbook(archive, OPTIONS) : [{ data: await readSheet(archive, sheet, OPTIONS) }]);

const write = (path: string, rows: readonly Row<string>[]): void => {
  const file = openSync(path, "wx", 0o600);
  for (let i = 0; i < rows.length; i += BLOCK)
    writeSync(
      file,
      rows
        .slice(i, i + BLOCK)
        .map(csvLine)
        .join(""),
    );
  closeSync(file);
};

const read = async ({ path, csvPath, sheet }: SheetRequest): Promise<SheetAnswer> => {
  try {
    if (statSync(path).size > UNPACKED_BYTES_MAX) return { refused: "large" };
    const archive = new Uint8Array(readFileSync(path));
    if (unpackedBytes(archive) > UNPACKED_BYTES_MAX) return { refused: "large" };
    const rows = await rowsOf(archive.buffer, sheet);
    if (rows === null) return { refused: "empty" };
    write(csvPath, rows);
    return { refused: null };
  } catch (thrown) {
    return { refused: thrown instanceof SheetNotFoundError ? "absent" : "unreadable" };
  }
};

process.once("message", (request) => {
  void read(request as SheetRequest).then((answer) => process.send?.(answer, () => process.disconnect()));
});
