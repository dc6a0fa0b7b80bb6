import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { after, before, test } from "node:test";
import type { Container } from "@touchstone/core/model/container";
import type { Cell } from "@touchstone/core/rules/rule";
import { connect } from "../index.ts";
import type { Catalog, Datastore, RejectedLine } from "../connector.ts";
import { scratch } from "../scratch.ts";

/** What a file holds, and what must come of it: fields with their types, rows with their numbers, what was rejected. */
type Case = {
  content: string | Uint8Array;
  fields: Record<string, string>;
  /** Each row's number in the file, then its cells. All rows unless `first` is given. */
  rows?: readonly (readonly Cell[])[];
  records?: number;
  rejected?: readonly (readonly [number, RegExp])[];
  notes?: readonly RegExp[];
};

const bytes = (text: string, encoding: BufferEncoding): Buffer => Buffer.from(text, encoding);
const manyRows = Array.from({ length: 100_000 }, (_, i) => `${i},row ${i}\n`).join("");
const LONG = "x".repeat(10_000_000);

const CASES: Record<string, Case> = {
  "plain.csv": {
    content: "id,name,v\n1,a,1.5\n2,b,2\n",
    fields: { id: "Integral", name: "String", v: "Fractional" },
    rows: [
      [1, 1, "a", 1.5],
      [2, 2, "b", 2],
    ],
  },
  "no-end.csv": {
    content: "id,name\n1,a\n2,b",
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "a"],
      [2, 2, "b"],
    ],
  },
  "header-only.csv": { content: "id,name\n", fields: { id: "String", name: "String" }, rows: [] },
  "nulls.csv": {
    content: 'id,name\n1,""\n2,\n,"x"\n',
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, null],
      [2, 2, null],
      [3, null, "x"],
    ],
  },
  "types.csv": {
    content:
      "i,f,b,d,t,zip,plus,big,mixed,dirty,when,nan,e,local\n" +
      "1,1,true,2024-02-29,2024-01-01 10:00:00,01234,+49,18446744073709551616,1,1,2024-01-01,NaN,1e3,1.234\n" +
      '-2,2.5,FALSE,2023-01-01,2024-01-01T10:00:00Z,99999,+1,1,x,N/A,2024-01-01 10:00:00+02:00,1,2,"1,5"\n',
    fields: {
      i: "Integral",
      f: "Fractional",
      b: "Boolean",
      d: "Date",
      t: "Timestamp",
      zip: "String",
      plus: "String",
      big: "String",
      mixed: "String",
      dirty: "String",
      when: "Timestamp",
      nan: "Fractional",
      e: "Fractional",
      local: "String",
    },
    rows: [
      [
        1,
        1,
        1,
        true,
        "2024-02-29",
        "2024-01-01 10:00:00",
        "01234",
        "+49",
        "18446744073709551616",
        "1",
        "1",
        "2024-01-01 00:00:00",
        NaN,
        1000,
        "1.234",
      ],
      [2, -2, 2.5, false, "2023-01-01", "2024-01-01 10:00:00", "99999", "+1", "1", "x", "N/A", "2024-01-01 08:00:00", 1, 2, "1,5"],
    ],
  },
  "late-types.csv": {
    content: `id,code,late,date,never\n${Array.from({ length: 60_000 }, (_, i) => `${i},${i},,2024-01-01,\n`).join("")}1.5,007,3,2024-01-01 10:00:00,\nx,1,4,2024-01-02,\n`,
    fields: { id: "String", code: "String", late: "Integral", date: "Timestamp", never: "String" },
    records: 60_002,
  },
  "impossible-dates.csv": {
    content: "a,b\n2024-02-30,2024-01-01 25:00:00\n2024-01-01,2024-01-01 10:00:00\n",
    fields: { a: "String", b: "String" },
    records: 2,
  },
  "semicolon.csv": {
    content: "a;b\n1,5;x\n2,5;y\n",
    fields: { a: "String", b: "String" },
    rows: [
      [1, "1,5", "x"],
      [2, "2,5", "y"],
    ],
  },
  "tabs.tsv": { content: "a\tb\n1\tx, y\n", fields: { a: "Integral", b: "String" }, rows: [[1, 1, "x, y"]] },
  "pipes.txt": { content: "a|b\n1|x\n", fields: { a: "Integral", b: "String" }, rows: [[1, 1, "x"]] },
  "one-column.csv": {
    content: "name\na\n\nb\n",
    fields: { name: "String" },
    rows: [
      [1, "a"],
      [2, null],
      [3, "b"],
    ],
  },
  "headless.csv": {
    content: "1,a,2024-01-01\n2,b,2024-01-02\n",
    fields: { column1: "Integral", column2: "String", column3: "Date" },
    rows: [
      [1, 1, "a", "2024-01-01"],
      [2, 2, "b", "2024-01-02"],
    ],
    notes: [/no header/],
  },
  "years.csv": {
    content: "country,2019,2020\nA,1.5,300\nB,2,2020\n",
    fields: { country: "String", "2019": "Fractional", "2020": "Integral" },
    rows: [
      [1, "A", 1.5, 300],
      [2, "B", 2, 2020],
    ],
  },
  "padded.csv": {
    content: "id, name, v\n1, a , 2\n2, b,\n3,, 4\n",
    fields: { id: "Integral", name: "String", v: "Integral" },
    rows: [
      [1, 1, "a", 2],
      [2, 2, "b", null],
      [3, 3, null, 4],
    ],
    notes: [/padding/],
  },
  "stray-spaces.csv": {
    content: "id,name\n1,a\n2,b\n 3,c \n",
    fields: { id: "String", name: "String" },
    rows: [
      [1, "1", "a"],
      [2, "2", "b"],
      [3, " 3", "c "],
    ],
  },
  "text-header.csv": {
    content: "a,b\nx,y\nz,w\n",
    fields: { a: "String", b: "String" },
    rows: [
      [1, "x", "y"],
      [2, "z", "w"],
    ],
  },
  "duplicates.csv": {
    content: "id,name,ID,,name\n1,a,2,x,y\n",
    fields: { id: "Integral", name: "String", ID_1: "Integral", column4: "String", name_1: "String" },
    rows: [[1, 1, "a", 2, "x", "y"]],
    notes: [/more than once/, /without a name/],
  },
  "odd-names.csv": {
    content: '"say ""hi""",a.b,rowid,c0,"new\nline",#row\n1,2,3,4,5,6\n',
    fields: { 'say "hi"': "Integral", "a.b": "Integral", rowid: "Integral", c0: "Integral", "new\nline": "Integral", "#row": "Integral" },
    rows: [[1, 1, 2, 3, 4, 5, 6]],
  },
  "titles.csv": {
    content: "Report of May\n\nid,name\n1,a\n2,b\n",
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "a"],
      [2, 2, "b"],
    ],
    notes: [/above the header/],
  },
  "ragged.csv": {
    content: "id,name,v\n1,a,1.5\n2,b\n3,c,3,extra\n4,d,4.5\n\n5,e,5.5,,\n",
    fields: { id: "Integral", name: "String", v: "Fractional" },
    rows: [
      [1, 1, "a", 1.5],
      [4, 4, "d", 4.5],
      [5, 5, "e", 5.5],
    ],
    rejected: [
      [3, /2 cells where 3/],
      [4, /4 cells where 3/],
    ],
  },
  "ragged-late.csv": {
    content: `id,name\n${manyRows}broken\n7,last\n`,
    fields: { id: "Integral", name: "String" },
    records: 100_001,
    rejected: [[100_002, /1 cell/]],
  },
  "trailing-commas.csv": {
    content: "a,b\n1,x,\n2,y,\n",
    fields: { a: "Integral", b: "String", column3: "String" },
    rows: [
      [1, 1, "x", null],
      [2, 2, "y", null],
    ],
  },
  "mixed-ends.csv": {
    content: "id,name\r\n1,a\n2,b\r\n3,c\n4,d\r5,e\n",
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "a"],
      [2, 2, "b"],
      [3, 3, "c"],
      [4, 4, "d"],
      [5, 5, "e"],
    ],
  },
  "old-mac.csv": {
    content: "id,name\r1,a\r2,b\r",
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "a"],
      [2, 2, "b"],
    ],
  },
  "unclosed.csv": {
    content: 'id,name\n1,a\n2,"b\n3,c\n4,"d\nd"\n',
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "a"],
      [3, 3, "c"],
      [4, 4, "d\nd"],
    ],
    rejected: [[3, /quote/]],
  },
  "unclosed-early.csv": {
    content: `id,name\n1,"open\n${manyRows}`,
    fields: { id: "Integral", name: "String" },
    records: 100_000,
    rejected: [[2, /quote/]],
  },
  "quotes-inside.csv": {
    content: 'id,name\n1,a"b\n2,"b"x\n3,"d ""q"" e"\n4,5" disk\n5, "spaced, out"\n',
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, 'a"b'],
      [2, 2, "bx"],
      [3, 3, 'd "q" e'],
      [4, 4, '5" disk'],
      [5, 5, "spaced, out"],
    ],
  },
  "backslash.csv": {
    content: 'id,name\n1,"say \\"hi\\", ok"\n2,"b"\n',
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, 'say "hi", ok'],
      [2, 2, "b"],
    ],
  },
  "lines-in-cells.csv": {
    content: 'id,name,v\n1,"a\nb",1\n2,b\n3,"c\r\nd",3\n',
    fields: { id: "Integral", name: "String", v: "Integral" },
    rows: [
      [1, 1, "a\nb", 1],
      [3, 3, "c\r\nd", 3],
    ],
    rejected: [[4, /2 cells/]],
  },
  "nul.csv": {
    content: "id,name\n1,a\0b\n2,c\n",
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "a\0b"],
      [2, 2, "c"],
    ],
  },
  "bom.csv": { content: "\ufeffid,name\n1,é\n", fields: { id: "Integral", name: "String" }, rows: [[1, 1, "é"]] },
  "latin1.csv": {
    content: bytes("id,name\n1,caf\xe9\n2,\x80 5\n", "latin1"),
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "café"],
      [2, 2, "€ 5"],
    ],
    notes: [/windows-1252/],
  },
  "latin1-late.csv": {
    content: bytes(`id,name\n${"1,abcdefgh\n".repeat(100_000)}2,caf\xe9\n`, "latin1"),
    fields: { id: "Integral", name: "String" },
    records: 100_001,
    notes: [/windows-1252/],
  },
  "damaged-utf8.csv": {
    content: Buffer.concat([bytes("id,name\n1,é\n2,", "utf8"), Buffer.from([0xe9]), bytes("\n3,ü\n", "utf8")]),
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "é"],
      [3, 3, "ü"],
    ],
    rejected: [[3, /UTF-8/]],
  },
  "utf16.csv": {
    content: Buffer.concat([Buffer.from([0xff, 0xfe]), bytes("id,name\n1,é🙂\n", "utf16le")]),
    fields: { id: "Integral", name: "String" },
    rows: [[1, 1, "é🙂"]],
    notes: [/utf-16le/],
  },
  "utf16be.csv": {
    content: bytes("\ufeffid,name\n1,a\n2,b\n", "utf16le").swap16(),
    fields: { id: "Integral", name: "String" },
    rows: [
      [1, 1, "a"],
      [2, 2, "b"],
    ],
    notes: [/utf-16be/],
  },
  "long-cell.csv": { content: `id,name\n1,${LONG}\n2,b\n`, fields: { id: "Integral", name: "String" }, records: 2 },
  "long-quoted.csv": { content: `id,name\n1,"${"x\n".repeat(2_000_000)}"\n2,b\n`, fields: { id: "Integral", name: "String" }, records: 2 },
  "zipped.csv.gz": { content: gzipSync("id,name\n1,a\n"), fields: { id: "Integral", name: "String" }, rows: [[1, 1, "a"]] },
  "zstd.csv.zst": {
    content: zstdCompressSync("id,name\n1,a\n2\n"),
    fields: { id: "Integral", name: "String" },
    rows: [[1, 1, "a"]],
    rejected: [[3, /1 cell/]],
  },
};

/** Files that cannot be read, and the code of the failure. */
const BROKEN: Record<string, { content: string | Uint8Array; code: string }> = {
  "empty.csv": { content: "", code: "SOURCE_EMPTY" },
  "blank.csv": { content: "\n\n \n", code: "SOURCE_EMPTY" },
  "cut.csv.gz": { content: gzipSync(`id,name\n${manyRows}`).subarray(0, 50_000), code: "SOURCE_UNREADABLE" },
  "no-gzip.csv.gz": { content: "id,name\n1,a\n", code: "SOURCE_UNREADABLE" },
};

const at = scratch();
let datastore: Datastore;
let catalog: Catalog;

before(async () => {
  const sources = Object.entries({ ...CASES, ...BROKEN }).map(([name, { content }]) => at.write(name, content));
  datastore = await connect(sources);
  catalog = await datastore.sync();
});
after(async () => {
  await datastore.close();
  at.remove();
});

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const rowsOf = async (container: Container): Promise<Cell[][]> => {
  const { relation } = await datastore.open(container);
  const columns = container.fields.map((field, i) => `${quoted(field.name)} AS f${i}`);
  const rows = await datastore.session.query(
    `SELECT ${relation.rowNumber} AS number, ${columns.join(", ")} FROM ${relation.from} ORDER BY ${relation.rowId}`,
  );
  return rows.map((row) => [row["number"]!, ...container.fields.map((_, i) => row[`f${i}`] ?? null)]);
};

const checkRejected = (given: readonly RejectedLine[], expected: NonNullable<Case["rejected"]>, name: string): void => {
  assert.deepEqual(
    given.map((line) => line.line),
    expected.map(([line]) => line),
    name,
  );
  for (const [i, [, reason]] of expected.entries()) assert.match(given[i]!.reason, reason, name);
};

for (const [name, expected] of Object.entries(CASES)) {
  test(`reads ${name}`, async () => {
    const container = catalog.containers.find((each) => each.partitions[0]?.name === name);
    assert.ok(container, JSON.stringify(catalog.failures.find((failure) => failure.name.startsWith(name))));
    assert.deepEqual(Object.fromEntries(container.fields.map((field) => [field.name, field.field_type])), expected.fields);
    const { relation, rejected } = await datastore.open(container);
    if (expected.rows !== undefined) assert.deepEqual(await rowsOf(container), expected.rows);
    assert.equal(relation.records, expected.records ?? expected.rows?.length);
    assert.equal(container.rejected_lines, expected.rejected?.length ?? 0);
    checkRejected(rejected.examples, expected.rejected ?? [], name);
    const notes = catalog.notes.filter((note) => note.container === container.name).map((note) => note.text);
    for (const note of expected.notes ?? [])
      assert.ok(
        notes.some((text) => note.test(text)),
        `${note} in ${notes.join("; ")}`,
      );
  });
}

test("files that cannot be read do not hide the others", () => {
  const codes = Object.fromEntries(catalog.failures.map((failure) => [failure.name, failure.error.code]));
  assert.deepEqual(codes, Object.fromEntries(Object.entries(BROKEN).map(([name, { code }]) => [name, code])));
});

test("cells are whole", async () => {
  const container = catalog.containers.find((each) => each.name === "long-cell")!;
  const { relation } = await datastore.open(container);
  assert.deepEqual(await datastore.session.query(`SELECT max(length(name)) AS longest FROM ${relation.from}`), [{ longest: LONG.length }]);
});

test("the incremental field is one that grows", () => {
  const found = Object.fromEntries(catalog.containers.map((container) => [container.name, container.incremental_field]));
  assert.equal(found["plain"], "id");
  assert.equal(found["types"], null);
});
