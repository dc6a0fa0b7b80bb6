/** Makes spreadsheets for tests: sheets whose cells are given as the XML that other programs write (ECMA-376 part 1, §18.3). */
import { strToU8, zipSync } from "fflate";

const NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** A text, a number as it is written, a flag, an error, a number that is shown as a date or as a moment, nothing. */
export type MadeCell = string | boolean | null | { n: string } | { error: string } | { day: string } | { moment: string };

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const cellXml = (cell: MadeCell, at: string): string => {
  if (cell === null) return "";
  if (typeof cell === "string") return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`;
  if (typeof cell === "boolean") return `<c r="${at}" t="b"><v>${Number(cell)}</v></c>`;
  if ("error" in cell) return `<c r="${at}" t="e"><v>${cell.error}</v></c>`;
  if ("day" in cell) return `<c r="${at}" s="1"><v>${cell.day}</v></c>`;
  if ("moment" in cell) return `<c r="${at}" s="2"><v>${cell.moment}</v></c>`;
  return `<c r="${at}"><v>${cell.n}</v></c>`;
};

/** Columns A to Z are enough for a test. */
const sheetXml = (rows: readonly (readonly MadeCell[])[]): string => {
  const lines = rows.map((cells, i) => {
    const inner = cells.map((cell, j) => cellXml(cell, `${String.fromCharCode(65 + j)}${i + 1}`)).join("");
    return `<row r="${i + 1}">${inner}</row>`;
  });
  return `<worksheet ${NS}><sheetData>${lines.join("")}</sheetData></worksheet>`;
};

/** The archive around sheets that are given as XML. */
export const archiveOf = (sheets: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> => {
  const named = Object.entries(sheets).map(([name, xml], i) => ({ name, xml, id: i + 1 }));
  const files: Record<string, string> = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "xl/workbook.xml": `<workbook ${NS} xmlns:r="${RELATIONS}"><sheets>${named
      .map(({ name, id }) => `<sheet name="${escaped(name)}" sheetId="${id}" r:id="r${id}"/>`)
      .join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${named
      .map(({ id }) => `<Relationship Id="r${id}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${id}.xml"/>`)
      .join("")}<Relationship Id="s" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`,
    // 14 is a day and 22 a moment among the formats that every program knows (§18.8.30).
    "xl/styles.xml": `<styleSheet ${NS}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
    ...Object.fromEntries(named.map(({ id, xml }) => [`xl/worksheets/sheet${id}.xml`, xml])),
  };
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));
};

export const spreadsheetOf = (sheets: Readonly<Record<string, readonly (readonly MadeCell[])[]>>): Uint8Array<ArrayBuffer> =>
  archiveOf(Object.fromEntries(Object.entries(sheets).map(([name, rows]) => [name, sheetXml(rows)])));
