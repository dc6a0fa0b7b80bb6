/** The report as JUnit XML: a container is a suite, a check a test case, so that any CI shows failures natively. */
import type { CheckResult, ContainerReport, Report } from "@touchstone/core/model/report";
import { cell, outcome } from "./words.ts";

export const junitFormat = ({ containers, summary, operation }: Report): string => {
  const seconds = (Date.parse(operation.finished_at) - Date.parse(operation.started_at)) / 1000;
  const errors = summary.unasserted + containers.filter(({ error }) => error !== null).length;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="touchstone ${operation.type}" tests="${summary.checks}" failures="${summary.failed}" errors="${errors}" time="${seconds.toFixed(3)}">`,
    ...containers.map(suite),
    `</testsuites>`,
    "",
  ].join("\n");
};

const suite = (container: ContainerReport): string => {
  const failures = container.checks.filter(({ status }) => status === "failed").length;
  const unasserted = container.checks.filter(({ status }) => status === "unasserted").length;
  const broken = container.error
    ? `    <testcase classname="${xml(container.name)}" name="container"><error type="${container.error.code}" message="${xml(container.error.what)}">${xml(`${container.error.why}\n${container.error.todo}`)}</error></testcase>\n`
    : "";
  const cases = container.checks.map((check) => testcase(container, check)).join("");
  return `  <testsuite name="${xml(container.name)}" tests="${container.checks.length + (container.error ? 1 : 0)}" failures="${failures}" errors="${unasserted + (container.error ? 1 : 0)}">\n${broken}${cases}  </testsuite>`;
};

const testcase = (container: ContainerReport, check: CheckResult): string => {
  const open = `    <testcase classname="${xml(container.name)}.${xml(check.rule_type)}" name="${xml(check.description || check.uid)}"`;
  if (check.status === "passed") return `${open}/>\n`;
  if (check.status === "unasserted")
    return `${open}><error type="${check.error?.code ?? "UNASSERTED"}" message="${xml(check.error?.what ?? "not asserted")}">${xml(check.error ? `${check.error.why}\n${check.error.todo}` : "")}</error></testcase>\n`;
  const found = container.anomalies
    .filter(({ failed_checks }) => failed_checks.some(({ uid }) => uid === check.uid))
    .map(({ row, message }) => `${row === null ? "" : `row ${row}: `}${cell(message, 300)}`);
  return `${open}><failure type="${xml(check.rule_type)}" message="${xml(check.message ?? outcome(check))}">${xml([outcome(check), ...found].join("\n"))}</failure></testcase>\n`;
};

// XML 1.0 §2.2 forbids most control characters even as references: they are dropped. https://www.w3.org/TR/xml/#charsets
const xml = (text: string): string =>
  text
    .replaceAll(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      "",
    )
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
