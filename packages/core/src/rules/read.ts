/** Reading checks from outside: the public export form, with its aliases and the names of earlier times. */
import { z } from "zod";
import { errorInfo, UserError, type ErrorCode, type ErrorInfo } from "../errors.ts";
import { nearestName } from "../expr/nearest.ts";
import { parseExpression } from "../expr/parse.ts";
import { parseRegex } from "../expr/regex.ts";
import { CheckStatus, Evidence, NullPolicy, QualityCheck } from "../model/check.ts";
import { takeUid, withUid } from "./identity.ts";
import { RULES, ruleByType } from "./index.ts";
import { bareName, modernised, RETIRED, RULE_ALIASES } from "./legacy.ts";
import { parseProperties, renamed, type PropertyProblem } from "./properties.ts";
import type { Rule } from "./rule.ts";

/** What is wrong, and where in the input: the path to a key or to its value. */
export type CheckProblem = { path: readonly (string | number)[]; at: "key" | "value"; info: ErrorInfo };

const Mapping = z.record(z.string(), z.unknown());

/** Reads a check in the export form; throws the first UserError. Properties are validated, aliases replaced. */
export const readCheck = (raw: unknown): QualityCheck => {
  const read = tryReadCheck(raw);
  if ("check" in read) return read.check;
  throw new UserError(read.problems[0]!.info);
};

/**
 * Faults of one check's own texts: it cannot be asserted, but it is a check, and the others with it go on. Binding names
 * the fault again, on the check.
 */
const OF_THE_CHECK_ALONE: readonly ErrorCode[] = ["PATTERN_INVALID", "EXPRESSION_INVALID"];

/** Reads a check, or says everything that is wrong with it. `warnings` are faults that leave it a check which cannot be asserted. */
export const tryReadCheck = (raw: unknown): { check: QualityCheck; warnings: CheckProblem[] } | { problems: CheckProblem[] } => {
  const entries = Mapping.safeParse(raw);
  if (!entries.success)
    return {
      problems: [
        problem([], "value", errorInfo("CHECK_INVALID", "This entry", "it is not a mapping with rule_type, container and fields")),
      ],
    };
  const { keys, problems } = currentKeys(entries.data);
  const found = findRule(keys);
  if ("problem" in found) return { problems: [found.problem, ...problems] };
  const head = readHead(keys, found.rule);
  const body = readProperties(keys, found.rule, found.bare);
  if (head.check === null) return { problems: [...problems, ...head.problems, ...body.problems] };
  const coverage = body.coverage === undefined ? head.check.coverage : null;
  const check: QualityCheck = { ...head.check, rule_type: body.rule.type, fields: [...body.fields], properties: body.properties, coverage };
  const all = [...problems, ...head.problems, ...body.problems, ...shapeProblems(check, body.rule, keys)];
  const spoils = all.some(({ info }) => !OF_THE_CHECK_ALONE.includes(info.code));
  return spoils ? { problems: all } : { check, warnings: all };
};

const problem = (path: readonly (string | number)[], at: CheckProblem["at"], info: ErrorInfo): CheckProblem => ({ path, at, info });

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Current keys and the names they also go by. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  uid: [],
  rule_type: ["rule", "type"],
  container: ["container_name", "table"],
  fields: ["field", "field_names", "columns", "column"],
  description: [],
  coverage: [],
  filter: ["where"],
  properties: ["parameters"],
  tags: [],
  status: [],
  null_policy: [],
  anomaly_message_field: [],
  additional_metadata: ["metadata"],
  inferred: [],
  evidence: [],
};

/** Keys of exports that say nothing about what to check. */
const IGNORED =
  /^(_.*check_uid|id|is_new|is_passing|has_passed|last_(asserted|editor)|weight|anomaly_count|global_tags|deleted_at|favorite|template_id|owner(_id)?|default_anomaly_assignee(_id)?|created(_at)?|updated_at)$/;

/** Each given key under its current name, with its name in the input and its value. */
type GivenKeys = ReadonlyMap<string, { given: string; value: unknown }>;

/** What a key of a check is called now; undefined for what is none. */
export const currentKey = (given: string): string | undefined =>
  Object.hasOwn(KEYS, given) ? given : Object.keys(KEYS).find((name) => KEYS[name]!.includes(given));

const currentKeys = (raw: Readonly<Record<string, unknown>>): { keys: GivenKeys; problems: CheckProblem[] } => {
  const keys = new Map<string, { given: string; value: unknown }>();
  const problems: CheckProblem[] = [];
  for (const [given, value] of Object.entries(raw).filter(([, value]) => value !== undefined)) {
    const current = currentKey(given);
    if (current !== undefined && keys.has(current))
      problems.push(
        problem(
          [given],
          "key",
          errorInfo("CHECK_INVALID", "The check", `${given} and ${keys.get(current)!.given} mean the same; leave out one`),
        ),
      );
    else if (current !== undefined) keys.set(current, { given, value });
    else if (!IGNORED.test(given)) problems.push(problem([given], "key", errorInfo("CHECK_INVALID", "The check", unknownKey(given))));
  }
  return { keys, problems };
};

const unknownKey = (given: string): string => {
  if (given === "container_id") return "numbers of containers mean nothing here; name it with container";
  const nearest = nearestName(given, Object.keys(KEYS));
  return nearest === null
    ? `there is no key ${given}; properties of the rule stand under properties`
    : `there is no key ${given}; the nearest name is ${nearest}`;
};

// ── Rule ────────────────────────────────────────────────────────────────────────────────────────────────────────

const TYPES_BY_BARE_NAME: ReadonlyMap<string, string> = new Map(RULES.map(({ type }) => [bareName(type), type]));

const findRule = (keys: GivenKeys): { rule: Rule; bare: string } | { problem: CheckProblem } => {
  const entry = keys.get("rule_type");
  if (entry === undefined) return { problem: problem([], "value", errorInfo("CHECK_INVALID", "The check", "rule_type is missing")) };
  if (typeof entry.value !== "string")
    return { problem: problem([entry.given], "value", errorInfo("CHECK_INVALID", "The check", "rule_type is not a text")) };
  const bare = bareName(entry.value);
  if (Object.hasOwn(RETIRED, bare))
    return { problem: problem([entry.given], "value", errorInfo("RULE_RETIRED", entry.value, RETIRED[bare]!)) };
  // `distinct` becomes one of two rules, which is decided by its properties.
  const type =
    bare === "distinct" ? "unique" : (TYPES_BY_BARE_NAME.get(bare) ?? (Object.hasOwn(RULE_ALIASES, bare) ? RULE_ALIASES[bare] : undefined));
  const rule = type === undefined ? null : ruleByType(type);
  if (rule !== null) return { rule, bare };
  const nearest = nearestName(
    entry.value,
    RULES.map((known) => known.type),
  );
  return { problem: problem([entry.given], "value", errorInfo("RULE_UNKNOWN", entry.value, nearest)) };
};

// ── Everything but the properties ───────────────────────────────────────────────────────────────────────────────

const text = z.string("it is not a text");
const optional = (schema: z.ZodType<string>) => z.preprocess((value) => (value === "" ? null : value), schema.nullable().default(null));
const listOf = (value: unknown) => (value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]);
const nameOf = (tag: unknown) => (typeof tag === "object" && tag !== null && "name" in tag ? tag.name : tag);

const STATUSES: Readonly<Record<string, CheckStatus>> = {
  active: "Active",
  draft: "Draft",
  archived: "Archived",
  invalid: "Archived",
  discarded: "Archived",
};
type CheckStatus = z.infer<typeof CheckStatus>;

const Head = z.object({
  uid: optional(text),
  container: z.string("it is missing or not a text").min(1, "it is empty"),
  fields: z.preprocess(listOf, z.array(text)),
  description: z.preprocess((value) => value ?? "", text),
  coverage: z
    .number("it is not a number between 0 and 1")
    .min(0, "it is below 0")
    .max(1, "it is above 1: a coverage is a fraction")
    .nullable()
    .default(null),
  filter: optional(text),
  tags: z.preprocess((value) => listOf(value).map(nameOf), z.array(text)),
  status: z.preprocess(
    (value) => (typeof value === "string" ? (STATUSES[value.toLowerCase()] ?? value) : (value ?? "Active")),
    z.enum(CheckStatus.options, `it is none of ${CheckStatus.options.join(", ")}`),
  ),
  null_policy: z.enum(NullPolicy.options, `it is none of ${NullPolicy.options.join(", ")}`).default("pass"),
  anomaly_message_field: optional(text),
  additional_metadata: z.preprocess((value) => value ?? {}, z.record(z.string(), z.unknown(), "it is not a mapping")),
  inferred: z.boolean("it is neither true nor false").default(false),
  evidence: Evidence.nullable().default(null),
});

const readHead = (keys: GivenKeys, rule: Rule): { check: QualityCheck | null; problems: CheckProblem[] } => {
  const given = Object.fromEntries(
    [...keys].filter(([name]) => name !== "rule_type" && name !== "properties").map(([name, { value }]) => [name, value]),
  );
  const parsed = Head.safeParse(given);
  if (!parsed.success) return { check: null, problems: parsed.error.issues.map((issue) => headProblem(issue, keys)) };
  const { uid, ...head } = parsed.data;
  const { additional_metadata, ...others } = provenance(head);
  const check: QualityCheck = {
    rule_type: rule.type,
    properties: {},
    ...head,
    ...others,
    // The identity travels among the metadata; in files it has a place of its own, where people see it.
    additional_metadata: uid === null ? additional_metadata : withUid(takeUid(additional_metadata).metadata, uid),
  };
  return { check, problems: filterProblems(check, keys) };
};

const headProblem = (issue: z.core.$ZodIssue, keys: GivenKeys): CheckProblem => {
  const [name = "", ...rest] = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const key = keys.get(String(name));
  const info = errorInfo("CHECK_INVALID", "The check", `${name}: ${issue.message}`);
  return key === undefined ? problem([], "value", info) : problem([key.given, ...rest], "value", info);
};

/** Inferred checks carry their evidence under additional_metadata in files; here it has its own place. */
const provenance = ({ additional_metadata, inferred, evidence }: Omit<z.infer<typeof Head>, "uid">) => {
  const { inferred: marked, evidence: carried, ...others } = additional_metadata;
  const parsed = Evidence.safeParse(carried);
  if (!parsed.success && marked !== true) return { additional_metadata, inferred, evidence };
  return {
    additional_metadata: others,
    inferred: inferred || marked === true,
    evidence: evidence ?? (parsed.success ? parsed.data : null),
  };
};

/** A filter that cannot be read is said here already; whether its fields exist is known when the check is bound. */
const filterProblems = ({ filter, container }: QualityCheck, keys: GivenKeys): CheckProblem[] => {
  if (filter === null) return [];
  const info = faultOf(() => parseExpression(filter, { fields: null, container, expect: "Boolean" }));
  return info === null ? [] : [problem([keys.get("filter")!.given], "value", info)];
};

/** What is wrong with a text, whatever the fields and variables will be. */
const faultOf = (parse: () => unknown): ErrorInfo | null => {
  try {
    parse();
    return null;
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return thrown.info.code === "VARIABLE_UNKNOWN" ? null : thrown.info;
  }
};

// ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────

/** `coverage: null` where an old rule's coverage was its property. */
type Body = { rule: Rule; fields: readonly string[]; properties: Record<string, unknown>; coverage?: null; problems: CheckProblem[] };

const readProperties = (keys: GivenKeys, rule: Rule, bare: string): Body => {
  const entry = keys.get("properties");
  const given = Mapping.safeParse(entry?.value ?? {});
  const fields = listOf(keys.get("fields")?.value).filter((name) => typeof name === "string");
  if (!given.success)
    return {
      rule,
      fields,
      properties: {},
      problems: [problem([entry!.given], "value", errorInfo("CHECK_INVALID", "The check", "properties is not a mapping"))],
    };
  const modern = modernised(bare, { rule: rule.type, fields, properties: given.data, coverage: keys.get("coverage")?.value });
  const current = modern.rule === rule.type ? rule : (ruleByType(modern.rule) ?? rule);
  const { properties, originals } = renamed(current, modern.properties);
  const parsed = parseProperties(current, properties);
  const faults = "problems" in parsed ? parsed.problems : textFaults(current, properties);
  const problems = faults.map(({ property, info }) => located(entry?.given, originals.get(property), given.data, info));
  return { rule: current, fields: modern.fields, properties, problems, ...(bare === "distinct" ? { coverage: null } : {}) };
};

/** Patterns and expressions in properties that cannot be read, whatever the container. */
const textFaults = (rule: Rule, properties: Readonly<Record<string, unknown>>): PropertyProblem[] =>
  Object.entries(properties).flatMap(([property, value]) => {
    if (typeof value !== "string") return [];
    const info = faultOf(() => readText(rule, property, value));
    return info === null ? [] : [{ property, info }];
  });

const readText = (rule: Rule, property: string, value: string): unknown => {
  if (property === "pattern") return parseRegex(value);
  const allowAggregates = rule.shape === "aggregate";
  if (property === "expression" || property === "ref_expression")
    return parseExpression(value, { fields: null, container: rule.type, allowAggregates });
  return property === "ref_filter" ? parseExpression(value, { fields: null, container: rule.type, expect: "Boolean" }) : null;
};

const located = (
  properties: string | undefined,
  original: string | undefined,
  given: Readonly<Record<string, unknown>>,
  info: ErrorInfo,
): CheckProblem => {
  if (properties === undefined) return problem([], "value", info);
  if (original === undefined || !Object.hasOwn(given, original)) return problem([properties], "key", info);
  return problem([properties, original], info.why.startsWith("there is no such") ? "key" : "value", info);
};

/** Number of fields, filter and coverage where the rule takes none. */
const shapeProblems = (check: QualityCheck, rule: Rule, keys: GivenKeys): CheckProblem[] =>
  checkShape(check, rule).map(({ key, info }) => {
    const given = keys.get(key)?.given;
    return given === undefined ? problem([], "value", info) : problem([given], "value", info);
  });

const EXPECTED_FIELDS = {
  single: "one field",
  multi: "one or more fields",
  calculated: "fields only within its expression",
  none: "no fields",
} as const;

/** What a rule does not take of a check, apart from its properties. */
export const checkShape = (check: QualityCheck, rule: Rule): { key: "fields" | "filter" | "coverage"; info: ErrorInfo }[] => {
  const count = check.fields.length;
  const fits = { single: count === 1, multi: count >= 1, calculated: true, none: count === 0 }[rule.takes];
  const refuse = (property: string) => errorInfo("PROPERTY_INVALID", rule.type, property, `the rule takes no ${property}`);
  return [
    ...(fits ? [] : [{ key: "fields" as const, info: errorInfo("FIELDS_COUNT_WRONG", rule.type, EXPECTED_FIELDS[rule.takes], count) }]),
    ...(check.filter !== null && !rule.filterable ? [{ key: "filter" as const, info: refuse("filter") }] : []),
    ...(check.coverage !== null && check.coverage < 1 && !rule.coverable ? [{ key: "coverage" as const, info: refuse("coverage") }] : []),
  ];
};
