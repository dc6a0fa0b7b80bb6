/** Binding a check to a container: names become fields with types, texts become expressions, properties are checked. */
import { errorInfo, toErrorInfo, UserError, userError, type ErrorInfo } from "../errors.ts";
import { field, type Expr, type FieldRef, type Literal } from "../expr/expr.ts";
import { nearestName } from "../expr/nearest.ts";
import { typeFault } from "../expr/faults.ts";
import { fieldByName } from "../expr/fields.ts";
import { parseExpression } from "../expr/parse.ts";
import { parseRegex } from "../expr/regex.ts";
import { fieldNamesIn, patternsIn } from "../expr/walk.ts";
import type { QualityCheck } from "../model/check.ts";
import type { Container } from "../model/container.ts";
import type { Field } from "../model/field.ts";
import { RULES, ruleByType } from "./index.ts";
import { parseProperties } from "./properties.ts";
import { checkShape } from "./read.ts";
import type { ParseAs, Rule, RuleContext } from "./rule.ts";
import { violationOf } from "./violation.ts";

export type BindEnvironment = {
  /** Start of the operation, ISO 8601 UTC. */
  now: string;
  variables?: Readonly<Record<string, Literal>> | undefined;
  /** Earlier measurements by uid, oldest first. */
  history?: Readonly<Record<string, RuleContext["history"]>> | undefined;
  /** When the source last changed; the container's own word where absent. */
  modifiedAt?: string | null | undefined;
  /** Fields of a reference container, null while they are not known. */
  referenceFields?: ((container: string) => readonly Field[] | null) | undefined;
};

/** A check that can be planned: everything in it is resolved against its container. */
export type BoundCheck = {
  /** With the names of fields as the container spells them. */
  check: QualityCheck;
  rule: Rule;
  uid: string;
  /** The check's fields; for a calculated rule those its expression names. */
  fields: FieldRef[];
  /** As parsed by the rule. */
  properties: unknown;
  filter: Expr | null;
  context: RuleContext;
};

/**
 * Binds a check. Throws RULE_UNKNOWN, FIELD_UNKNOWN, FIELD_TYPE_WRONG, FIELDS_COUNT_WRONG, PROPERTY_INVALID,
 * EXPRESSION_INVALID, VARIABLE_UNKNOWN, PATTERN_INVALID, or CHECK_INVALID where types do not fit together.
 */
export const bindCheck = (check: QualityCheck, container: Container, env: BindEnvironment): BoundCheck => {
  const rule = ruleByType(check.rule_type);
  if (rule === null)
    throw userError(
      "RULE_UNKNOWN",
      check.rule_type,
      nearestName(
        check.rule_type,
        RULES.map(({ type }) => type),
      ),
    );
  const [wrong] = checkShape(check, rule);
  if (wrong !== undefined) throw new UserError(wrong.info);
  const properties = propertiesOf(rule, check.properties);
  const given = check.fields.map((name) => resolved(container, name));
  for (const one of given) checkType(rule, one, check.properties);
  const named: QualityCheck = {
    ...check,
    fields: given.map(({ name }) => name),
    anomaly_message_field: check.anomaly_message_field && resolved(container, check.anomaly_message_field).name,
  };
  const uid = checkUid(named, rule);
  const context = contextOf(rule, uid, container, env);
  const filter = check.filter === null ? null : context.parse(check.filter, { expect: "Boolean", allowAggregates: false });
  const bound = { check: named, rule, uid, fields: given.map(refOf), properties, filter, context };
  const expressions = expressionsOf(bound);
  for (const expr of expressions) {
    refuseFault(expr, named);
    for (const pattern of patternsIn(expr)) parseRegex(pattern);
  }
  if (rule.takes !== "calculated" || given.length > 0) return bound;
  return { ...bound, fields: [...new Set(expressions.flatMap(fieldNamesIn))].map((name) => context.field(name)) };
};

/** A rule that was given what does not fit: a text to compare with a number, an expression of another type. */
const refuseFault = (expr: Expr, { rule_type, fields }: QualityCheck): void => {
  const fault = typeFault(expr);
  if (fault !== null) throw userError("CHECK_INVALID", [rule_type, ...fields].join(" "), fault);
};

/** A check that could not be bound, and why. */
export type UnboundCheck = { check: QualityCheck; uid: string; error: ErrorInfo };

/**
 * Binds many checks; one that fails spoils no other. Uids are made distinct: of checks that differ only in their
 * properties the later ones get a hash of these behind theirs.
 */
export const bindChecks = (
  checks: readonly QualityCheck[],
  container: Container,
  env: BindEnvironment,
): { bound: BoundCheck[]; unbound: UnboundCheck[] } => {
  const bound: BoundCheck[] = [];
  const unbound: UnboundCheck[] = [];
  const taken = new Set<string>();
  for (const check of checks) {
    try {
      const one = bindCheck(check, container, env);
      const uid = distinctUid(one.uid, check, taken);
      bound.push(uid === one.uid ? one : { ...one, uid, context: { ...one.context, history: env.history?.[uid] ?? [] } });
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      unbound.push({ check, uid: distinctUid(checkUid(check, ruleByType(check.rule_type)), check, taken), error: toErrorInfo(thrown) });
    }
  }
  return { bound, unbound };
};

/** A uid that none of these has, and adds it to them. */
export const distinctUid = (uid: string, check: Pick<QualityCheck, "fields" | "properties">, taken: Set<string>): string => {
  let candidate = uid;
  if (taken.has(candidate)) candidate = `${uid}__${shortHash(JSON.stringify([check.fields, check.properties]))}`;
  for (let i = 2; taken.has(candidate); i++) candidate = `${uid}__${i}`;
  taken.add(candidate);
  return candidate;
};

// ── Fields and properties ───────────────────────────────────────────────────────────────────────────────────────

const resolved = (container: Container, name: string): Field => {
  const found = fieldByName(container.fields, name);
  if (found !== null && found !== "ambiguous") return found;
  const nearest = nearestName(
    name,
    container.fields.map((f) => f.name),
  );
  throw userError("FIELD_UNKNOWN", name, container.name, nearest);
};

const refOf = ({ name, field_type }: Field): FieldRef => field(name, field_type);

/** Rules that look at elements take an array only for these, and then it is the type of the elements that counts. */
const checkType = (rule: Rule, { name, field_type, element_type }: Field, properties: Readonly<Record<string, unknown>>): void => {
  if (rule.appliesTo === undefined) return;
  const accepted = rule.elementwise === true ? rule.appliesTo.filter((type) => type !== "Array") : rule.appliesTo;
  const inElements = rule.elementwise === true && field_type === "Array" && properties["is_element_context"] === true;
  if (accepted.includes(inElements ? (element_type ?? "Unknown") : field_type)) return;
  const words = `${accepted.join(", ")}${rule.elementwise === true ? ", or an Array of these with is_element_context" : ""}`;
  throw userError("FIELD_TYPE_WRONG", name, inElements ? `an Array of ${element_type ?? "Unknown"}` : field_type, rule.type, words);
};

const propertiesOf = (rule: Rule, given: Readonly<Record<string, unknown>>): unknown => {
  const parsed = parseProperties(rule, given);
  if ("value" in parsed) return parsed.value;
  throw new UserError(parsed.problems[0]?.info ?? errorInfo("PROPERTY_INVALID", rule.type, "combination", "it is not valid"));
};

const contextOf = (rule: Rule, uid: string, container: Container, env: BindEnvironment): RuleContext => {
  const parse = (
    text: string,
    of: { fields: readonly Field[] | null; container: string },
    { expect, allowAggregates }: ParseAs = {},
  ): Expr =>
    parseExpression(text, {
      ...of,
      variables: env.variables ?? {},
      expect,
      allowAggregates: allowAggregates ?? (rule.shape === "aggregate" && expect !== "Boolean"),
    });
  return Object.freeze({
    containerFields: container.fields,
    field: (name: string) => refOf(resolved(container, name)),
    parse: (text: string, options?: ParseAs) => parse(text, { fields: container.fields, container: container.name }, options),
    parseReference: (text: string, name: string, options?: ParseAs) =>
      parse(text, { fields: env.referenceFields?.(name) ?? null, container: name }, options),
    now: env.now,
    modifiedAt: env.modifiedAt === undefined ? container.modified_at : env.modifiedAt,
    incrementalField: container.incremental_field,
    partitionField: container.partition_field,
    history: env.history?.[uid] ?? [],
  });
};

/** The expressions a rule makes of the check. Calling the rule here brings its errors to light before anything runs. */
const expressionsOf = (bound: BoundCheck): Expr[] => {
  const { rule, fields, properties, context } = bound;
  switch (rule.shape) {
    case "row":
      return [violationOf(rule, bound)];
    case "aggregate":
      rule.reference?.(properties, context);
      return Object.values(rule.metrics(fields, properties, context));
    case "dataset":
      rule.plan(fields, properties, context);
      return [];
  }
};

// ── Identity ────────────────────────────────────────────────────────────────────────────────────────────────────

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");

/** FNV-1a, 32 bits (Fowler, Noll, Vo 1991), of the UTF-8 bytes, as eight hexadecimal digits. */
export const shortHash = (text: string): string => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
};

/** `container__rule__fields[__hash of the filter]`: stable across runs and changes of properties. */
export const checkUid = (
  { container, rule_type, fields, filter, properties }: Pick<QualityCheck, "container" | "rule_type" | "fields" | "filter" | "properties">,
  rule: Rule | null,
): string => {
  const names = [...fields].sort().map((name) => name.replace(/[^\p{L}\p{N}._-]+/gu, "-"));
  const expression = rule?.takes === "calculated" && fields.length === 0 ? properties["expression"] : undefined;
  return [
    slug(container),
    slug(rule_type),
    ...(names.length > 0 ? [names.join("_")] : []),
    ...(expression === undefined ? [] : [shortHash(JSON.stringify(expression))]),
    ...(filter === null ? [] : [shortHash(filter.trim())]),
  ].join("__");
};
