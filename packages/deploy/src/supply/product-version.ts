/** Versions of the product, as Semantic Versioning 2.0 writes them, without build metadata: what is installed has one name. */
import { z } from "zod";

const NUMBER = "(?:0|[1-9]\\d{0,8})";
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const SHAPE = new RegExp(`^(${NUMBER}\\.${NUMBER}\\.${NUMBER})(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?$`);

/** More could not be the tag of an image. */
const LENGTH_MAX = 64;

export const ProductVersion = z.string().max(LENGTH_MAX).regex(SHAPE, "a version such as 1.4.0 or 1.4.0-rc.1");

const isNumber = (identifier: string): boolean => /^\d+$/.test(identifier);

const compareIdentifiers = (a: string, b: string): number => {
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

const compareLists = (a: readonly string[], b: readonly string[]): number => {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = compareIdentifiers(a[at] ?? "", b[at] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length;
};

const partsOf = (version: string): { numbers: string[]; before: string[] | null } => {
  const [, numbers = "", before] = SHAPE.exec(version) ?? [];
  return { numbers: numbers.split("."), before: before === undefined ? null : before.split(".") };
};

/** Below zero where `a` is older (§11 of the specification). Both are product versions. */
export const compareVersions = (a: string, b: string): number => {
  const [first, second] = [partsOf(a), partsOf(b)];
  const order = compareLists(first.numbers, second.numbers);
  if (order !== 0) return order;
  if (first.before === null || second.before === null) return Number(first.before === null) - Number(second.before === null);
  return compareLists(first.before, second.before);
};
