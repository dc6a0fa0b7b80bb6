/** Values of a JSON schema, as it stands in the OpenAPI document: what a route accepts, and what comes close to it. */
import * as fc from "fast-check";

export type Schema = {
  $ref?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
  type?: string;
  format?: string;
  pattern?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
};

/** Schemas by name, and ids of objects that are there, by the name of a parameter or property. */
export type Ground = { components: Readonly<Record<string, Schema>>; idFor: (key: string, at: number) => number | string | null };

/** Levels from which on optional parts are left out: schemas may hold themselves. */
const DEPTH_MAX = 5;
const ITEMS_MAX = 3;
const CHARACTERS_MAX = 40;

const REF = "#/components/schemas/";

/** Names that no resolver answers (RFC 2606), so that nothing leaves this machine. */
const ADDRESS = "https://host.invalid/path";

const WORDS = ["orders", "id", "notNull", "Active", "a b", "Ünïcode", "x", "SELECT 1", "price > 0", "0 3 * * *", "eq", "%", "1"];

const byFormat: Readonly<Record<string, fc.Arbitrary<string>>> = {
  email: fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `${name}@example.org`),
  uuid: fc.uuid(),
  uri: fc.constant(ADDRESS),
  date: fc.constantFrom("2031-02-01", "1999-12-31"),
  "date-time": fc.constantFrom("2031-02-01T08:00:00Z", "1999-12-31T23:59:59.999Z"),
};

const matching = (pattern: string): fc.Arbitrary<string> => {
  try {
    return fc.stringMatching(new RegExp(pattern, "u"), { size: "small" });
  } catch {
    return fc.constant("x");
  }
};

const text = ({ format, pattern, minLength = 0, maxLength = CHARACTERS_MAX }: Schema): fc.Arbitrary<string> => {
  const known = format === undefined ? undefined : byFormat[format];
  if (known !== undefined) return known;
  if (pattern !== undefined) return matching(pattern);
  const most = Math.max(minLength, Math.min(maxLength, CHARACTERS_MAX));
  const words = WORDS.filter((word) => word.length >= minLength && word.length <= maxLength);
  const any = fc.string({ minLength, maxLength: most });
  return words.length === 0 ? any : fc.oneof(fc.constantFrom(...words), any);
};

const number = (schema: Schema): fc.Arbitrary<number> => {
  const min = Math.max(schema.minimum ?? (schema.exclusiveMinimum === undefined ? -1000 : schema.exclusiveMinimum + 1), -1e9);
  const max = Math.min(schema.maximum ?? (schema.exclusiveMaximum === undefined ? 100_000 : schema.exclusiveMaximum - 1), 1e9);
  if (schema.type === "integer") return fc.integer({ min: Math.ceil(min), max: Math.max(Math.ceil(min), Math.floor(max)) });
  return fc.double({ min, max: Math.max(min, max), noNaN: true, noDefaultInfinity: true });
};

/** An id is mostly one of an object that is there: what is missing is refused before anything is done. */
const orId = (ground: Ground, key: string, others: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(fc.nat(), fc.nat(9), others).map(([at, luck, other]) => (luck < 8 ? ground.idFor(key, at) : null) ?? other);

const object = (ground: Ground, schema: Schema, depth: number): fc.Arbitrary<unknown> => {
  const required = schema.required ?? [];
  const names = Object.keys(schema.properties ?? {}).filter((name) => depth < DEPTH_MAX || required.includes(name));
  const parts = Object.fromEntries(names.map((name) => [name, valuesOf(ground, schema.properties![name]!, name, depth + 1)]));
  const named = fc.record(parts, { requiredKeys: required.filter((name) => names.includes(name)) });
  const { additionalProperties: more } = schema;
  if (more === undefined || more === false || depth >= DEPTH_MAX) return named;
  const others = fc.dictionary(fc.constantFrom(...WORDS), valuesOf(ground, more === true ? {} : more, "", depth + 1), {
    maxKeys: ITEMS_MAX,
  });
  return fc.tuple(others, named).map(([other, own]) => ({ ...other, ...own }));
};

const list = (ground: Ground, { items = {}, minItems = 0, maxItems = ITEMS_MAX }: Schema, key: string, depth: number) =>
  fc.array(valuesOf(ground, items, key, depth + 1), {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, depth < DEPTH_MAX ? ITEMS_MAX : 0)),
  });

const oneOf = (ground: Ground, options: readonly Schema[], key: string, depth: number): fc.Arbitrary<unknown> => {
  const flat = depth < DEPTH_MAX ? options : options.filter(({ type }) => type !== "object" && type !== "array");
  return fc.oneof(...(flat.length === 0 ? options.slice(0, 1) : flat).map((option) => valuesOf(ground, option, key, depth + 1)));
};

/** Values that a schema accepts, as far as it says what it accepts. `key` is the name under which the value stands. */
export const valuesOf = (ground: Ground, schema: Schema, key = "", depth = 0): fc.Arbitrary<unknown> => {
  if (schema.$ref !== undefined) return valuesOf(ground, ground.components[schema.$ref.slice(REF.length)] ?? {}, key, depth + 1);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return oneOf(ground, options, key, depth);
  if (schema.allOf !== undefined)
    return fc
      .tuple(...schema.allOf.map((part) => valuesOf(ground, part, key, depth + 1)))
      .map((parts) => Object.assign({}, ...parts) as unknown);
  switch (schema.type) {
    case "object":
      return object(ground, schema, depth);
    case "array":
      return list(ground, schema, key, depth);
    case "integer":
    case "number":
      return orId(ground, key, number(schema));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "string":
      return text(schema);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
};
