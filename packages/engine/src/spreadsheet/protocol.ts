/** What the process that reads a spreadsheet is told, and what it answers. */
export type SheetRequest = {
  path: string;
  /** Where its rows are to stand as CSV. */
  csvPath: string;
  /** By its name; the first that has rows where none is named. */
  sheet: string | null;
};

export const REFUSALS = {
  unreadable: "it is no spreadsheet (.xlsx) that can be read",
  absent: "it has no sheet of that name",
  empty: "none of its sheets that were looked at has a row below a header",
  large: "it is too large: 256 MB unpacked, and what one gigabyte of memory and two minutes are enough to read, are the most",
} as const;

export type SheetAnswer = { refused: keyof typeof REFUSALS | null };
