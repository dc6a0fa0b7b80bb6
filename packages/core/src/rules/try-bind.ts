/** Binding for an author: what keeps a check from being bound, with the place in the check where it stands. */
import { UserError, type ErrorInfo } from "../errors.ts";
import { fieldByName } from "../expr/fields.ts";
import type { QualityCheck } from "../model/check.ts";
import type { Container } from "../model/container.ts";
import { bindCheck, type BindEnvironment, type BoundCheck } from "./bind.ts";
import type { CheckProblem } from "./read.ts";

/** Binds a check, or says what is wrong with it and where. */
export const tryBind = (
  check: QualityCheck,
  container: Container,
  env: BindEnvironment,
): { bound: BoundCheck } | { problem: CheckProblem } => {
  const result = attempt(check, container, env);
  if (!("info" in result)) return { bound: result };
  return { problem: { path: placeOf(result.info, check, container, env), at: "value", info: result.info } };
};

const attempt = (check: QualityCheck, container: Container, env: BindEnvironment): BoundCheck | { info: ErrorInfo } => {
  try {
    return bindCheck(check, container, env);
  } catch (thrown) {
    if (thrown instanceof UserError) return { info: thrown.info };
    throw thrown;
  }
};

/** A part is at fault when without it the fault is gone. */
const placeOf = (info: ErrorInfo, check: QualityCheck, container: Container, env: BindEnvironment): (string | number)[] => {
  const unknown = check.fields.findIndex((name) => fieldByName(container.fields, name) === null);
  if (info.code === "FIELD_UNKNOWN" && unknown >= 0) return ["fields", unknown];
  if (info.code === "FIELD_TYPE_WRONG")
    return [
      "fields",
      Math.max(
        0,
        check.fields.findIndex((name) => says(info, name)),
      ),
    ];
  if (info.code === "FIELDS_COUNT_WRONG") return ["fields"];
  if (info.code === "RULE_UNKNOWN") return ["rule_type"];
  for (const part of ["filter", "anomaly_message_field", "coverage"] as const)
    if (check[part] !== null && !isSame(attempt({ ...check, [part]: null }, container, env), info)) return [part];
  return ["properties", ...propertyOf(info, check)];
};

const isSame = (result: BoundCheck | { info: ErrorInfo }, info: ErrorInfo): boolean =>
  "info" in result && result.info.what === info.what && result.info.why === info.why;

const says = ({ what, why }: ErrorInfo, text: string): boolean => what.includes(text) || why.includes(text);

/** The property whose text the fault quotes, or which quotes what the fault names. */
const propertyOf = (info: ErrorInfo, { properties }: QualityCheck): string[] => {
  const texts = Object.entries(properties).filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "");
  const quoted = texts.find(([name, text]) => says(info, text) || info.what.includes(` ${name} `));
  const [only] = texts.length === 1 ? texts : [];
  const found = quoted ?? texts.find(([, text]) => lastWord(info.what) !== "" && text.includes(lastWord(info.what))) ?? only;
  return found === undefined ? [] : [found[0]];
};

const lastWord = (text: string): string => /\S+$/.exec(text)?.[0] ?? "";
