/** The names of types in casts. */
import type { FieldType } from "../model/field.ts";
import { nearestName } from "./nearest.ts";
import { advance, isSymbol, peek, skipWord, unexpected, type Parser } from "./parser.ts";

const TYPE_NAMES: Readonly<Record<string, FieldType>> = {
  INT: "Integral",
  INTEGER: "Integral",
  BIGINT: "Integral",
  SMALLINT: "Integral",
  TINYINT: "Integral",
  LONG: "Integral",
  INTEGRAL: "Integral",
  DOUBLE: "Fractional",
  FLOAT: "Fractional",
  REAL: "Fractional",
  DECIMAL: "Fractional",
  NUMERIC: "Fractional",
  FRACTIONAL: "Fractional",
  STRING: "String",
  VARCHAR: "String",
  TEXT: "String",
  CHAR: "String",
  BOOLEAN: "Boolean",
  BOOL: "Boolean",
  DATE: "Date",
  TIMESTAMP: "Timestamp",
  DATETIME: "Timestamp",
};

/** Reads the name of a type. Lengths and precisions are refused: engines cut, pad or round differently. */
export const typeName = (parser: Parser): FieldType => {
  const token = advance(parser);
  if (token.kind !== "name") throw parser.reject(token.at, unexpected(token, "a type"));
  const name = token.text.toUpperCase();
  if (!Object.hasOwn(TYPE_NAMES, name)) {
    const nearest = nearestName(name, Object.keys(TYPE_NAMES));
    throw parser.reject(
      token.at,
      `there is no type ${token.text}${nearest === null ? "; BIGINT, DOUBLE, STRING, BOOLEAN, DATE and TIMESTAMP are" : `; the nearest name is ${nearest}`}`,
    );
  }
  if (name === "DOUBLE") skipWord(parser, "PRECISION");
  if (isSymbol(peek(parser), "(")) throw parser.reject(peek(parser).at, "a length or precision is not portable; use ROUND, LEFT or LENGTH");
  return TYPE_NAMES[name]!;
};
