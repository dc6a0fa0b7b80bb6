/**
 * A reader of delimited text (RFC 4180, read leniently), for the head of a file when its shape is guessed and for files
 * that the engine's own reader refuses. Works on any text whose delimiters are ASCII, also on bytes taken as latin-1.
 */

export type CsvDialect = { delimiter: string; quote: string; escape: string };

export type CsvRecord = {
  fields: string[];
  /** Where the next record begins. */
  next: number;
  /** Whether it is one line of text: no quoted field spans lines. */
  oneLine: boolean;
  /** False when a quoted field never ends, or has text behind its closing quote. */
  tidy: boolean;
};

type QuotedEnd = { value: string; at: number; tidy: boolean; spansLines: boolean };

const LF = 10;
const CR = 13;
const SPACE = 32;

/** Reads a quoted field whose opening quote is at `start`; null when the text ends inside it. */
const quotedField = (text: string, start: number, dialect: CsvDialect): QuotedEnd | null => {
  const { quote, escape, delimiter } = dialect;
  let value = "";
  let from = start + 1;
  let at = from;
  for (;;) {
    const close = text.indexOf(quote, at);
    if (close < 0) return null;
    if (escape !== quote && escapes(text, close, from, escape)) {
      value += text.slice(from, close - 1) + quote;
    } else if (escape === quote && text[close + 1] === quote) {
      value += text.slice(from, close) + quote;
      from = at = close + 2;
      continue;
    } else {
      value += text.slice(from, close);
      return behindQuote(text, close + 1, value, delimiter, text.slice(start, close));
    }
    from = at = close + 1;
  }
};

/** Whether an odd number of escape characters stands before the quote. */
const escapes = (text: string, quoteAt: number, from: number, escape: string): boolean => {
  let count = 0;
  while (quoteAt - 1 - count >= from && text[quoteAt - 1 - count] === escape) count++;
  return count % 2 === 1;
};

/** What follows a closing quote up to the delimiter: spaces are dropped, anything else belongs to the value but is untidy. */
const behindQuote = (text: string, start: number, value: string, delimiter: string, source: string): QuotedEnd => {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LF || code === CR || text[at] === delimiter) break;
  }
  const rest = text.slice(start, at);
  const blank = rest.trim() === "";
  return { value: blank ? value : value + rest, at, tidy: blank, spansLines: /[\r\n]/.test(source) };
};

const openingQuote = (text: string, start: number, dialect: CsvDialect): number => {
  let at = start;
  while (text.charCodeAt(at) === SPACE && dialect.delimiter !== " ") at++;
  return text[at] === dialect.quote ? at : -1;
};

/** End of an unquoted field. A bare carriage return ends the line only where the record may be complete. */
const unquotedEnd = (text: string, start: number, delimiter: number, mayEnd: boolean): number => {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === delimiter || code === LF) return at;
    if (code === CR && (mayEnd || text.charCodeAt(at + 1) === LF)) return at;
  }
  return text.length;
};

/**
 * The record that begins at `start`, or null when the text ends before the record does (unless `isWhole`: nothing follows).
 * `width` is the expected number of fields, null while it is not known.
 */
export const readRecord = (text: string, start: number, dialect: CsvDialect, width: number | null, isWhole: boolean): CsvRecord | null => {
  const fields: string[] = [];
  const delimiter = dialect.delimiter.charCodeAt(0);
  let at = start;
  let tidy = true;
  let oneLine = true;
  for (;;) {
    const quoteAt = openingQuote(text, at, dialect);
    const quoted = quoteAt < 0 ? null : quotedField(text, quoteAt, dialect);
    if (quoteAt >= 0 && quoted === null) {
      if (!isWhole) return null;
      return { fields: [...fields, text.slice(quoteAt + 1)], next: text.length, oneLine: false, tidy: false };
    }
    const end = quoted?.at ?? unquotedEnd(text, at, delimiter, width === null || fields.length + 1 >= width);
    fields.push(quoted?.value ?? text.slice(at, end));
    if (quoted !== null) {
      tidy &&= quoted.tidy;
      oneLine &&= !quoted.spansLines;
    }
    const code = text.charCodeAt(end);
    if (end >= text.length || (code === CR && end + 1 >= text.length)) {
      return isWhole ? { fields, next: text.length, oneLine, tidy } : null;
    }
    if (code === delimiter) {
      at = end + 1;
      continue;
    }
    const lineEnd = code === CR && text.charCodeAt(end + 1) === LF ? 2 : 1;
    return { fields, next: end + lineEnd, oneLine, tidy };
  }
};

/** Where the physical line that begins at `start` ends, its line end included; the text's length when it is the last. */
export const lineAfter = (text: string, start: number): number => {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LF) return at + 1;
    if (code === CR) return text.charCodeAt(at + 1) === LF ? at + 2 : at + 1;
  }
  return text.length;
};

export const isBlank = (record: CsvRecord): boolean => record.fields.length === 1 && record.fields[0]?.trim() === "";
