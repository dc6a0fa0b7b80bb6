/** A rule's cases made whole: types guessed where a case leaves them out, the check and its container spelt out. */
import { QualityCheck } from "../model/check.ts";
import { Container } from "../model/container.ts";
import type { Field, FieldType } from "../model/field.ts";
import type { Cell, Rule, RowCase, SetCase } from "./rule.ts";

export type CaseTable = {
  title: string;
  check: QualityCheck;
  container: Container;
  rows: readonly Record<string, Cell>[];
  references: Readonly<Record<string, { container: Container; rows: readonly Record<string, Cell>[] }>>;
};

/** The container a case describes, called `cases`, and the check to be run on it. */
export const caseTable = (rule: Rule, given: RowCase | SetCase): CaseTable => {
  const rows = "rows" in given ? given.rows : [given.row ?? { x: given.value ?? null }];
  const types: Record<string, FieldType> = { ...given.types, ...("type" in given && given.type ? { x: given.type } : {}) };
  const container = containerOf("cases", rows, types);
  const fields =
    given.fields ??
    (rule.takes === "none" || rule.takes === "calculated" ? [] : "rows" in given ? ["x"] : container.fields.map(({ name }) => name));
  const check = QualityCheck.parse({
    rule_type: rule.type,
    container: "cases",
    fields,
    properties: given.with ?? {},
    filter: "filter" in given ? (given.filter ?? null) : null,
    null_policy: "null_policy" in given ? (given.null_policy ?? "pass") : "pass",
  });
  const references = Object.fromEntries(
    Object.entries(given.references ?? {}).map(([name, referenced]) => [
      name,
      { container: containerOf(name, referenced, {}), rows: referenced },
    ]),
  );
  return {
    title: `${rule.type}: ${given.name ?? JSON.stringify(given, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)).slice(0, 160)}`,
    check,
    container,
    rows,
    references,
  };
};

const containerOf = (name: string, rows: readonly Record<string, Cell>[], types: Readonly<Record<string, FieldType>>): Container => {
  const names = [...new Set([...Object.keys(types), ...rows.flatMap((row) => Object.keys(row))])];
  const ordered = [...new Set([...rows.flatMap((row) => Object.keys(row)), ...names])];
  const fields = ordered.map((field) =>
    fieldOf(
      field,
      rows.map((row) => row[field] ?? null),
      types[field],
    ),
  );
  return Container.parse({ name, kind: "table", fields });
};

const fieldOf = (name: string, values: readonly Cell[], type: FieldType | undefined): Partial<Field> => {
  const field_type = type ?? guess(values);
  if (field_type !== "Array") return { name, field_type };
  return { name, field_type, element_type: guess(values.flatMap((value) => (Array.isArray(value) ? value : []))) };
};

const guess = (values: readonly Cell[]): FieldType => {
  const known = values.filter((value) => value !== null);
  if (known.some(Array.isArray)) return "Array";
  if (known.some((value) => typeof value === "string")) return "String";
  if (known.some((value) => typeof value === "boolean")) return "Boolean";
  return known.every((value) => typeof value === "bigint" || Number.isInteger(value)) ? "Integral" : "Fractional";
};
