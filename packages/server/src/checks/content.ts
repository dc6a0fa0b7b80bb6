/** What a check asserts, as somebody wrote it, brought into the form in which it is kept: current names, typed, bound. */
import { errorInfo, type ErrorInfo } from "@touchstone/core/errors";
import type { QualityCheck } from "@touchstone/core/model/check";
import { checkUid } from "@touchstone/core/rules/bind";
import { ruleByType } from "@touchstone/core/rules/index";
import { parseProperties } from "@touchstone/core/rules/properties";
import { tryReadCheck, type CheckProblem } from "@touchstone/core/rules/read";
import { tryBind } from "@touchstone/core/rules/try-bind";
import { Unusable } from "../http/problem.ts";
import type { Database } from "../store/database.ts";
import type { Home } from "./home.ts";
import { variablesIn } from "./home.ts";
import { resolveReference, type Sees } from "./references.ts";

/** What a scan asks of the data. Everything else about a check is organisation. */
export type Content = Pick<
  QualityCheck,
  "rule_type" | "fields" | "coverage" | "filter" | "properties" | "null_policy" | "anomaly_message_field"
>;

/** As it was written: names may be those of earlier times, and anything may be wrong. */
export type Written = { [K in keyof Content]?: unknown };

/** `named` is the check with names of other containers, as a dataplane takes it; `sentence` says for people what must hold. */
export type Read = { content: Content; named: QualityCheck; uid: string; sentence: string };

/** Stands in a template for the fields that its checks will name. */
const ANY_FIELD = "field";
const NO_CONTAINER = "template";

const parts = (check: QualityCheck): Content => ({
  rule_type: check.rule_type,
  fields: check.fields,
  coverage: check.coverage,
  filter: check.filter,
  properties: check.properties,
  null_policy: check.null_policy,
  anomaly_message_field: check.anomaly_message_field,
});

const spelled = (written: Written, container: string) => {
  const given = Object.entries(written).filter(([, value]) => value !== undefined && value !== null);
  return { ...Object.fromEntries(given), container };
};

const readSpelled = (written: Written, home: Home | null): QualityCheck | CheckProblem[] => {
  const result = tryReadCheck(spelled(written, home?.container.name ?? NO_CONTAINER));
  if ("problems" in result) return result.problems;
  if (result.warnings.length > 0) return result.warnings;
  // Which fields an expression names is for the expression to say.
  return ruleByType(result.check.rule_type)?.takes === "calculated" ? { ...result.check, fields: [] } : result.check;
};

/** A template needs no fields; a rule that takes some is read with one that stands for them. */
const readTemplate = (written: Written): QualityCheck | CheckProblem[] => {
  const plain = readSpelled({ ...written, fields: [] }, null);
  if (!Array.isArray(plain) || !plain.some(({ info }) => info.code === "FIELDS_COUNT_WRONG")) return plain;
  const read = readSpelled({ ...written, fields: [ANY_FIELD] }, null);
  return Array.isArray(read) ? read : { ...read, fields: [] };
};

/** Reads the content of a check; what is wrong comes back with its places. Without a home it is that of a template, which is bound to nothing. */
export const tryReadContent = async (
  db: Database,
  home: Home | null,
  written: Written,
  sees: Sees,
): Promise<Read | { problems: CheckProblem[] }> => {
  const read = home === null ? readTemplate(written) : readSpelled(written, home);
  if (Array.isArray(read)) return { problems: read };
  const reference = await resolveReference(db, read.rule_type, read.properties, home?.datastoreId ?? null, sees);
  if ("info" in reference) return { problems: [{ path: ["properties", reference.key], at: "value", info: reference.info }] };
  const named: QualityCheck = { ...read, properties: reference.named };
  if (home === null)
    return {
      content: { ...parts(read), properties: reference.kept },
      named,
      uid: checkUid(read, ruleByType(read.rule_type)),
      sentence: sentenceOf(named),
    };
  const result = tryBind(named, home.container, {
    now: new Date().toISOString(),
    variables: variablesIn(textsOf(read), home.metadata),
    referenceFields: () => reference.fields,
  });
  if ("problem" in result) return { problems: [result.problem] };
  const { bound } = result;
  const fields = bound.fields.map(({ name }) => name);
  const check = { ...bound.check, fields };
  return { content: { ...parts(check), properties: reference.kept }, named: check, uid: bound.uid, sentence: sentenceOf(check) };
};

/** Texts of a check in which variables may stand. */
export const textsOf = ({ filter, properties }: Pick<Content, "filter" | "properties">): string[] =>
  [filter, ...Object.values(properties)].filter((text) => typeof text === "string");

/** A sentence for a check that nobody has described. */
const sentenceOf = (check: QualityCheck): string => {
  const rule = ruleByType(check.rule_type);
  const parsed = rule === null ? null : parseProperties(rule, check.properties);
  if (rule === null || parsed === null || !("value" in parsed)) return check.rule_type;
  const fields = check.fields.length === 0 && rule.takes !== "none" ? [ANY_FIELD] : check.fields;
  return rule.describe(fields, parsed.value);
};

type Step = string | number;

/** The refusal of a request for what is wrong in it. `at` is where the check stands in the request. */
export const unusable = (problems: readonly CheckProblem[], at: readonly Step[] = ["body"]): Unusable =>
  new Unusable(
    problems.map(({ path, info }) => ({ loc: [...at, ...path], msg: `${info.what}: ${info.why}`, type: info.code })),
    problems[0]?.info ?? null,
  );

/** Refuses one part of a body. */
export const unusablePart = (path: Step | readonly Step[], info: ErrorInfo): Unusable =>
  unusable([{ path: Array.isArray(path) ? path : [path as Step], at: "value", info }]);

export const readContent = async (db: Database, home: Home | null, written: Written, sees: Sees): Promise<Read> => {
  const result = await tryReadContent(db, home, written, sees);
  if ("problems" in result) throw unusable(result.problems);
  return result;
};

/** What is told of a check that keeps its container and rule. */
export const frozen = (what: string): ErrorInfo =>
  errorInfo("CHECK_INVALID", "The change", `a check keeps its ${what}; make another one instead`);
