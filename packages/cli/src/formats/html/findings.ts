import type { Anomaly, CheckResult, ContainerReport, ExampleRecord } from "@touchstone/core/model/report";
import { byUrgency, cell, count, outcome, partitionsNamed, place } from "../words.ts";
import { html, type Html } from "./html.ts";

const ANOMALIES_SHOWN = 200;
const ANOMALIES_OPEN = 12;
const COLUMNS_SHOWN = 14;

/** The anomalies of a container, each with its rows; cells of the fields at fault are highlighted. */
export const anomaliesSection = (container: ContainerReport): Html | null => {
  if (container.anomalies.length === 0) return null;
  const partitions = partitionsNamed(container);
  const more = container.anomalies.length - ANOMALIES_SHOWN;
  return html`<h3>Anomalies</h3>
    ${container.anomalies.slice(0, ANOMALIES_SHOWN).map((anomaly, index) => anomalyCard(anomaly, partitions, index < ANOMALIES_OPEN))}
    ${more > 0 ? html`<p class="note">${count(more)} more are in the JSON report and in the enrichment tables.</p>` : null}`;
};

const anomalyCard = (anomaly: Anomaly, partitions: number, open: boolean): Html => {
  const rows: ExampleRecord[] = anomaly.record
    ? [{ row: anomaly.row, partition: anomaly.partition, record: anomaly.record }]
    : anomaly.examples;
  const where = place(anomaly.row, anomaly.partition, partitions);
  const many = anomaly.type === "shape" ? html`<span class="chip">${count(anomaly.anomalous_records)} records</span>` : null;
  const others =
    anomaly.failed_checks.length > 1
      ? html`<ul class="reasons">
          ${anomaly.failed_checks.map(({ message }) => html`<li>${message}</li>`)}
        </ul>`
      : null;
  return html`<details class="anomaly" ${open ? { html: " open" } : null}>
    <summary>${where ? html`<b>${where}</b> ` : null}${anomaly.message} ${many}</summary>
    ${others} ${recordsTable(rows, anomaly.fields, partitions)}
    <p class="note">
      fingerprint ${anomaly.fingerprint} · ${[...new Set(anomaly.failed_checks.map(({ rule_type }) => rule_type))].join(", ")}
    </p>
  </details>`;
};

const recordsTable = (rows: readonly ExampleRecord[], atFault: readonly string[], partitions: number): Html | null => {
  if (rows.length === 0) return null;
  const all = Object.keys(rows[0]!.record);
  const names = [...atFault.filter((name) => all.includes(name)), ...all.filter((name) => !atFault.includes(name))].slice(
    0,
    Math.max(COLUMNS_SHOWN, atFault.length),
  );
  const hidden = all.length - names.length;
  return html`<div class="scroll">
    <table class="records">
      <thead>
        <tr>
          <th></th>
          ${names.map((name) => html`<th${atFault.includes(name) ? { html: ' class="bad"' } : null}>${name}</th>`)}${hidden > 0 ? html`<th class="note">+${hidden}</th>` : null}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ row, partition, record }) =>
            html`<tr>
              <th>${place(row, partition, partitions)}</th>
              ${names.map((name) => valueCell(record[name], atFault.includes(name)))}${hidden > 0 ? html`<td></td>` : null}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
};

const valueCell = (value: unknown, bad: boolean): Html =>
  html`<td class="${bad ? "bad" : ""}${value === null || value === undefined ? " null" : ""}">${cell(value, 80)}</td>`;

/** All checks with how they went; evidence on demand. */
export const checksSection = (container: ContainerReport): Html | null =>
  container.checks.length === 0
    ? null
    : html`<h3>Checks</h3>
        <div class="scroll">
          <table class="checks">
            <tbody>
              ${byUrgency(container.checks).map(checkRow)}
            </tbody>
          </table>
        </div>`;

const checkRow = (check: CheckResult): Html =>
  html`<tr>
    <td><span class="status ${check.status}">${check.status}</span></td>
    <td>
      ${
        check.evidence
          ? html`<details>
              <summary>${check.description || check.uid}</summary>
              <p class="note">${check.evidence.text}</p>
            </details>`
          : check.description || check.uid
      }
      ${check.error ? html`<p class="note">${check.error.code}: ${check.error.what}: ${check.error.why}. ${check.error.todo}</p>` : null}
    </td>
    <td class="note">${check.rule_type}${check.inferred ? " · inferred" : ""}</td>
    <td class="num">${outcome(check)}</td>
  </tr>`;
