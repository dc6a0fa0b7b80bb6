/** Spreadsheets as they are read: values, sheets, and files that were made to be too much. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { archiveOf, spreadsheetOf, type MadeCell } from "./made.ts";
import { sheetToCsv } from "./read.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-sheet-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
/** The lines of what was read, or why it was not. */
const read = async (archive: Uint8Array, sheet: string | null = null): Promise<string[] | string> => {
  const path = join(folder, `${++files}.xlsx`);
  const csvPath = join(folder, `${files}.csv`);
  writeFileSync(path, archive);
  const { refused } = await sheetToCsv({ path, csvPath, sheet }, { memoryMb: 128 });
  assert.equal(existsSync(csvPath), refused === null);
  return refused ?? readFileSync(csvPath, "utf8").split("\n").slice(0, -1);
};

test("a value is written as it stands in its cell", async () => {
  const cases: [cell: MadeCell, text: string][] = [
    ["0123", "0123"],
    [" padded ", " padded "],
    ['a "quoted", <b> & ü 😀', 'a ""quoted"", <b> & ü 😀'],
    [{ n: "12" }, "12"],
    [{ n: "-0.10000000000000001" }, "-0.1"],
    [{ n: "1.5E+3" }, "1500"],
    [{ n: "9007199254740993" }, "9007199254740993"],
    [true, "true"],
    [false, "false"],
    [{ day: "48000" }, "2031-06-01"],
    [{ day: "60" }, "1900-02-28"],
    [{ moment: "48000.4375" }, "2031-06-01 10:30:00"],
    [{ moment: "48000.430567129632" }, "2031-06-01 10:20:01"],
    [{ moment: "0.75" }, "18:00:00"],
  ];
  const lines = await read(spreadsheetOf({ a: [["value"], ...cases.map(([cell]) => [cell])] }));
  assert.deepEqual(lines, ['"value"', ...cases.map(([, text]) => `"${text}"`)]);
});

test("empty cells and errors are empty, empty rows are none, and the header is the first row with anything in it", async () => {
  const rows: MadeCell[][] = [[], ["id", "name"], [{ n: "1" }, null, "beside"], [], [null, ""], [{ error: "#DIV/0!" }, "x"], []];
  assert.deepEqual(await read(spreadsheetOf({ a: rows })), ['"id","name",', '"1",,"beside"', ',"x",']);
});

test("the first sheet with rows is read, or the one that is named", async () => {
  const archive = spreadsheetOf({ about: [["Read me"]], "März & Co": [["id"], [{ n: "3" }]], april: [["id"], [{ n: "4" }]] });
  assert.deepEqual(await read(archive), ['"id"', '"3"']);
  assert.deepEqual(await read(archive, "april"), ['"id"', '"4"']);
  assert.deepEqual(await read(archive, "März & Co"), ['"id"', '"3"']);
  assert.equal(await read(archive, "may"), "absent");
  assert.equal(await read(archive, "about"), "empty");
});

/** Says of every part in the directory of an archive that it has so many bytes unpacked (APPNOTE.TXT §4.3.12). */
const claiming = (archive: Uint8Array, bytes: number): Uint8Array => {
  const lie = Buffer.from(archive);
  const signature = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
  for (let at = lie.indexOf(signature); at >= 0; at = lie.indexOf(signature, at + 1)) lie.writeUInt32LE(bytes, at + 24);
  return lie;
};

test("what is no spreadsheet, or made to be too much, is refused", async () => {
  const good = spreadsheetOf({ a: [["id"], [{ n: "1" }]] });
  const wide = '<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>';
  const cases: [name: string, archive: Uint8Array, refused: string][] = [
    ["nothing", new Uint8Array(), "unreadable"],
    ["text", Buffer.from("id\n1\n"), "unreadable"],
    ["half of one", good.subarray(0, good.length / 2), "unreadable"],
    ["an archive of something else", archiveOf({}), "unreadable"],
    ["a part that is larger than it says", claiming(good, 20), "unreadable"],
    ["parts that say they are huge", claiming(good, 2 ** 31), "large"],
    ["a million rows of sixteen thousand empty cells", archiveOf({ a: `<worksheet>${wide}</worksheet>` }), "large"],
  ];
  for (const [name, archive, refused] of cases) assert.equal(await read(archive), refused, name);
});

test("whoever waits can stop waiting", async () => {
  const path = join(folder, "stopped.xlsx");
  writeFileSync(path, spreadsheetOf({ a: [["id"], [{ n: "1" }]] }));
  const request = { path, csvPath: join(folder, "stopped.csv"), sheet: null };
  await assert.rejects(sheetToCsv(request, { signal: AbortSignal.abort() }), /asked to stop/);
});
