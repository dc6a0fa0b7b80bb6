/** Which field's growing values mark new rows: a guess that a person may override. */
import type { Field } from "@touchstone/core/model/field";
import { TEMPORAL_TYPES } from "@touchstone/core/model/field";

/** Words of a name, best first: when a row was last changed beats when it was made, which beats any other time. */
const TIME_WORDS: readonly RegExp[] = [
  /(updated|modified|changed|last_?(update|change|modif))/i,
  /(inserted|ingested|loaded|created|added)/i,
  /(^|_)(ts|timestamp|datetime|time|event_?time|recorded)($|_|at$)/i,
  /(^|_)(date|day)($|_)|date$/i,
];

/** The temporal field whose name says best that it grows; null when no name does. */
export const guessIncrementalField = (fields: readonly Field[]): string | null => {
  const temporal = fields.filter((field) => TEMPORAL_TYPES.includes(field.field_type));
  for (const words of TIME_WORDS) {
    const found = temporal.find((field) => words.test(field.name));
    if (found !== undefined) return found.name;
  }
  return null;
};

const ID_NAME = /(^|_)(id|no|nr|num|number|seq|sequence|key)$/i;

/** Integer fields whose names suggest that they count up; whether they do must be looked at. */
export const countingFields = (fields: readonly Field[]): string[] =>
  fields
    .filter((field) => field.field_type === "Integral" && (ID_NAME.test(field.name) || field.name.endsWith("Id")))
    .map((field) => field.name);
