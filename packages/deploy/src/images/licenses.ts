/** Under which licences an image is passed on. Pure. */
import type { Bom, Component } from "./sbom.ts";

/** Licences that ask for no more than to be told of. */
const PERMISSIVE = new Set([
  "Apache-2.0",
  "MIT",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "CC0-1.0",
  "Unlicense",
  "BlueOak-1.0.0",
  "Python-2.0",
  "Zlib",
]);

/** Whether one may choose a permissive licence (SPDX expressions: any side of an OR, every side of an AND). What is nested is read by a person, and is none until then. */
export const isPermissive = (expression: string): boolean =>
  expression
    .replace(/^\((.*)\)$/, "$1")
    .split(" OR ")
    .some((side) => side.split(" AND ").every((one) => PERMISSIVE.has(one)));

export const licenseOf = ({ licenses: [license] }: Component): string =>
  license === undefined ? "unknown" : "expression" in license ? license.expression : license.license.name;

/** Packages by licence, as a text for people. */
export const licenseReport = ({ metadata: { component }, components }: Bom): string => {
  const byLicense = new Map<string, string[]>();
  for (const one of components) {
    const license = licenseOf(one);
    byLicense.set(license, [
      ...(byLicense.get(license) ?? []),
      `  ${one.group === undefined ? "" : `${one.group}/`}${one.name}${one.version === undefined ? "" : ` ${one.version}`}`,
    ]);
  }
  const blocks = [...byLicense].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([license, names]) => `${license}\n${names.join("\n")}\n`);
  return `${component.name} ${component.version}: ${components.length} packages by licence\n\n${blocks.join("\n")}`;
};
