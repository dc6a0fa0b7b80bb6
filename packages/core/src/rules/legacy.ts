/**
 * Names that checks carry in files from elsewhere and from earlier times: other spellings of rules and properties, and
 * rules that were renamed or retired. Everything is answered with the current name.
 */

/** Names of rules by their bare letters: `not_null`, `NotNull` and `NOT NULL` are one. */
export const bareName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Other spellings of rules, by bare name. */
export const RULE_ALIASES: Readonly<Record<string, string>> = {
  isnotnull: "notNull",
  nonnull: "notNull",
  isanynotnull: "anyNotNull",
  isunique: "unique",
  isbetween: "between",
  ispositive: "positive",
  isnotnegative: "notNegative",
  nonnegative: "notNegative",
  isnotfuture: "notFuture",
  minimumlength: "minLength",
  maximumlength: "maxLength",
  minimumvalue: "minValue",
  maximumvalue: "maxValue",
  isgreaterthan: "greaterThan",
  islessthan: "lessThan",
  isequalto: "equalTo",
  equals: "equalTo",
  isbetweentimes: "betweenTimes",
  isafterdatetime: "afterDateTime",
  isbeforedatetime: "beforeDateTime",
  isin: "expectedValues",
  isinset: "expectedValues",
  acceptedvalues: "expectedValues",
  allowedvalues: "expectedValues",
  regex: "matchesPattern",
  pattern: "matchesPattern",
  datatype: "isType",
  isdatatype: "isType",
  satisfiesequation: "satisfiesExpression",
  requiredfields: "expectedSchema",
  schema: "expectedSchema",
  absolutechangelimit: "metric",
  relativechangelimit: "metric",
  volume: "volumetric",
  containsssn: "containsSocialSecurityNumber",
};

/** Rules without a successor that means the same, by bare name, and what to do instead. */
export const RETIRED: Readonly<Record<string, string>> = {
  isnotreplicaof: "compare with dataDiff and expect differences in your pipeline",
  userdefinedfunction: "write it as satisfiesExpression, in the language of docs/expressions.md",
};

/** Names that mean the same property; where a rule knows one of a group, the others are read as it. */
const PROPERTY_SYNONYMS: readonly (readonly string[])[] = [
  ["min", "min_value", "minimum", "lower_bound"],
  ["max", "max_value", "maximum", "upper_bound"],
  ["value", "min_value", "max_value", "min_length", "max_length", "minimum", "maximum", "length", "count", "threshold"],
  ["list", "values", "expected_values", "required_values", "allowed_values", "value_set"],
  ["pattern", "regex", "regexp"],
  ["expression", "equation", "condition"],
  ["datetime", "date_time", "date", "timestamp"],
  ["min_time", "min_datetime", "start", "min"],
  ["max_time", "max_datetime", "end", "max"],
  ["field_name", "field", "other_field", "ref_field_name", "ref_field"],
  ["field_type", "data_type", "type"],
  ["inclusive", "is_inclusive"],
  ["inclusive_min", "min_inclusive", "is_min_inclusive"],
  ["inclusive_max", "max_inclusive", "is_max_inclusive"],
  ["ref_container_name", "ref_container", "reference_container", "ref_table"],
  ["ref_datastore_name", "ref_datastore", "reference_datastore"],
  ["ref_filter", "reference_filter"],
  ["ref_expression", "reference_expression"],
  ["id_field_names", "id_fields", "row_identifiers", "keys"],
  ["passthrough_field_names", "passthrough_fields", "passthrough"],
  ["change_types", "changes"],
  ["interval_name", "interval"],
  ["min_size", "min_rows"],
  ["max_size", "max_rows"],
  ["allow_other_fields", "allow_extra_fields", "allow_others"],
  ["distinct_field_name", "distinct_field"],
  ["spelling_similarity_threshold", "similarity_threshold"],
  ["is_element_context", "element_context"],
];

/** The name a rule has for a property given under another; the given one where the rule knows no other. */
export const currentProperty = (given: string, known: readonly string[]): string => {
  if (known.includes(given)) return given;
  const snake = given.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  if (known.includes(snake)) return snake;
  const candidates = PROPERTY_SYNONYMS.filter((group) => group.includes(snake)).flat();
  return candidates.find((name) => known.includes(name)) ?? given;
};

export type RawCheck = { rule: string; fields: readonly string[]; properties: Readonly<Record<string, unknown>>; coverage: unknown };

const limitOf = (properties: Readonly<Record<string, unknown>>): unknown => properties["value"] ?? properties["limit"] ?? properties["max"];

/** Rules whose meaning moved into the properties of another. `bare` is the bare name as given. */
export const modernised = (bare: string, check: RawCheck): RawCheck => {
  switch (bare) {
    case "requiredfields": {
      const list = check.properties["list"] ?? check.properties["fields"] ?? check.fields;
      return { ...check, fields: [], properties: { list, allow_other_fields: true } };
    }
    case "absolutechangelimit":
    case "relativechangelimit":
      return changeLimit(bare === "absolutechangelimit" ? "Absolute Change" : "Percentage Change", check);
    case "distinct":
      return distinctShare(check);
    default:
      return check;
  }
};

/** A limit in both directions. */
const changeLimit = (comparison: string, check: RawCheck): RawCheck => {
  if ("min" in check.properties && "max" in check.properties) return { ...check, properties: { ...check.properties, comparison } };
  const limit = limitOf(check.properties);
  const bounds = typeof limit === "number" ? { min: -Math.abs(limit), max: Math.abs(limit) } : { max: limit };
  return { ...check, properties: { comparison, ...bounds } };
};

/** The share of distinct values; a share of 1 is uniqueness. */
const distinctShare = (check: RawCheck): RawCheck => {
  const share = limitOf(check.properties) ?? check.coverage ?? 1;
  if (share === 1 || share === null) return { rule: "unique", fields: check.fields, properties: {}, coverage: null };
  return { rule: "distinctProportion", fields: check.fields, properties: { min: share }, coverage: null };
};
