/** The report as one self-contained page: no script, no font, no image from anywhere. */
import type { ContainerReport, Report } from "@touchstone/core/model/report";
import { anomaliesIn, count, counted } from "../words.ts";
import { anomaliesSection, checksSection } from "./findings.ts";
import { html, type Html } from "./html.ts";
import { profileSection } from "./profile.ts";
import { STYLE } from "./style.ts";

export const htmlFormat = (report: Report): string => `<!doctype html>\n${page(report).html}\n`;

const page = (report: Report): Html => {
  const containers = worstFirst(report.containers);
  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width,initial-scale=1" />
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
      <title>${report.summary.anomalies === 0 ? "Nothing wrong found" : anomaliesIn(report.summary.anomalies)} · Touchstone</title>
      <style>
        ${{ html: STYLE }}
      </style>
    </head>
    <body>
      <header class="top-of-page">
        <h1>${report.summary.anomalies === 0 ? "Nothing wrong found" : `${anomaliesIn(report.summary.anomalies)} found`}</h1>
        ${sources(report.sources)}
        <p class="note">
          ${report.operation.type} ${report.operation.id} · ${report.operation.finished_at.slice(0, 19).replace("T", " ")} UTC · Touchstone
          ${report.touchstone}
        </p>
        ${tiles(report)} ${contents(containers)}
      </header>
      ${containers.map(containerSection)}
    </body>
  </html>`;
};

/** What needs a look stands first; otherwise the order of the report. */
const worstFirst = (containers: readonly ContainerReport[]): ContainerReport[] => {
  const rank = ({ error, anomalies, rejected_lines }: ContainerReport) => (error ? 0 : anomalies.length + rejected_lines > 0 ? 1 : 2);
  return [...containers].sort((a, b) => rank(a) - rank(b));
};

const SOURCES_SHOWN = 3;

const sources = (names: readonly string[]): Html =>
  names.length <= SOURCES_SHOWN
    ? html`<p>${names.join(", ")}</p>`
    : html`<details class="sources">
        <summary>${counted(names.length, "source")}</summary>
        <ul class="reasons">
          ${names.map((name) => html`<li>${name}</li>`)}
        </ul>
      </details>`;

const tiles = ({ summary }: Report): Html => {
  const shown: [string, number, string][] = [
    ["records", summary.records, ""],
    ["checks passed", summary.passed, "good"],
    ["checks failed", summary.failed, summary.failed > 0 ? "bad" : ""],
    ["not asserted", summary.unasserted, summary.unasserted > 0 ? "warn" : ""],
    ["records at fault", summary.anomalous_records, summary.anomalous_records > 0 ? "bad" : ""],
    ["lines rejected", summary.rejected_lines, summary.rejected_lines > 0 ? "warn" : ""],
  ];
  return html`<div class="tiles">
    ${shown.map(([name, value, tone]) => html`<div class="tile ${tone}"><b>${count(value)}</b><span>${name}</span></div>`)}
  </div>`;
};

const contents = (containers: readonly ContainerReport[]): Html | null =>
  containers.length < 2
    ? null
    : html`<nav>
        ${containers.map(({ name, anomalies, error }, index) => html`<a href="#c${index}" class="${error || anomalies.length > 0 ? "bad" : "good"}">${name} <i>${error ? "!" : count(anomalies.length)}</i></a>`)}
      </nav>`;

const containerSection = (container: ContainerReport, index: number): Html =>
  html` <section id="c${index}">
    <h2>${container.name}</h2>
    <p class="note">
      ${counted(container.records, "record")}${container.records_processed < container.records ? `, ${count(container.records_processed)} looked at` : ""}
      · ${counted(container.fields.length, "field")} · ${counted(container.checks.length, "check")}
    </p>
    ${container.error ? html`<p class="broken"><b>${container.error.code}</b> ${container.error.what}: ${container.error.why}. ${container.error.todo}</p>` : null}
    ${container.notes.map((note) => html`<p class="note">Note: ${note}.</p>`)} ${rejected(container)} ${anomaliesSection(container)}
    ${checksSection(container)} ${profileSection(container)}
  </section>`;

const rejected = ({ rejected_lines, rejected_examples }: ContainerReport): Html | null =>
  rejected_lines === 0
    ? null
    : html`<details class="anomaly">
        <summary>${counted(rejected_lines, "line")} of the source could not be read as records</summary>
        <ul class="reasons">
          ${rejected_examples.map(({ partition, line, field, reason }) => html`<li>${[partition, line === null ? null : `line ${count(line)}`, field].filter(Boolean).join(", ")}: ${reason}</li>`)}
        </ul>
      </details>`;
