import type { FieldProfile } from "@touchstone/core/model/profile";
import type { ContainerReport } from "@touchstone/core/model/report";
import { cell, count, number, percent } from "../words.ts";
import { barChart, meter } from "./charts.ts";
import { html, type Html } from "./html.ts";

const TOP_VALUES_SHOWN = 6;
const PATTERNS_SHOWN = 4;
const CORRELATIONS_SHOWN = 3;

/** One card per field: what it holds, drawn small. Fields that anomalies name come with a mark. */
export const profileSection = (container: ContainerReport): Html | null => {
  const profiles = container.fields.flatMap(({ profile }) => (profile ? [profile] : []));
  if (profiles.length === 0) return null;
  const atFault = new Set(container.anomalies.flatMap(({ fields }) => fields));
  return html`<h3>Fields</h3>
    <div class="cards">${profiles.map((profile) => fieldCard(profile, atFault.has(profile.name)))}</div>`;
};

const fieldCard = (profile: FieldProfile, atFault: boolean): Html =>
  html` <article class="card${atFault ? " fault" : ""}">
    <header><b>${profile.name}</b><span class="type">${profile.field_type}</span></header>
    ${profile.masked ? html`<p class="note">masked: values stay in the source</p>` : null}
    <p class="line">
      <span>filled</span>${meter(profile.completeness ?? 0, profile.completeness === 1 ? "good" : "warn")}<span
        >${percent(profile.completeness)}</span
      >
    </p>
    ${holdsOther(profile)} ${distribution(profile)}
    <dl>
      ${facts(profile).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${topValues(profile)} ${patterns(profile)}
    ${profile.estimated.length > 0 ? html`<p class="note">estimated: ${profile.estimated.join(", ")}</p>` : null}
  </article>`;

const holdsOther = ({ holds_type, holds_type_ratio }: FieldProfile): Html | null =>
  holds_type && holds_type !== "String" && holds_type_ratio !== null
    ? html`<p class="note">${percent(holds_type_ratio)} of its text is ${holds_type}</p>`
    : null;

const distribution = ({ histogram_buckets }: FieldProfile): Html | null =>
  barChart(
    histogram_buckets.map(({ low, high, count: rows, ratio }) => ({
      count: rows,
      label: `${number(low)} to ${number(high)}: ${count(rows)} (${percent(ratio)})`,
    })),
  );

const facts = (profile: FieldProfile): [string, string][] => {
  const { field_type: type } = profile;
  const shown: [string, string | null][] = [
    ["distinct", profile.distinct_count === null ? null : count(profile.distinct_count)],
    ["range", profile.min === null ? null : `${cell(profile.min, 24)} … ${cell(profile.max, 24)}`],
    ["mean", profile.mean === null ? null : number(profile.mean)],
    ["median", profile.median === null ? null : number(profile.median)],
    ["deviation", profile.std_dev === null ? null : number(profile.std_dev)],
    ["length", profile.min_length === null ? null : `${count(profile.min_length)} … ${count(profile.max_length)}`],
    [
      "empty or blank",
      (profile.empty_count ?? 0) + (profile.blank_count ?? 0) === 0 ? null : count((profile.empty_count ?? 0) + (profile.blank_count ?? 0)),
    ],
    [
      "NaN or infinite",
      (profile.nan_count ?? 0) + (profile.infinite_count ?? 0) === 0
        ? null
        : count((profile.nan_count ?? 0) + (profile.infinite_count ?? 0)),
    ],
    ["granularity", type === "Date" || type === "Timestamp" ? profile.granularity : null],
    ["gaps", profile.gap_count ? count(profile.gap_count) : null],
    ["goes with", correlations(profile)],
  ];
  return shown.flatMap(([name, value]) => (value === null ? [] : [[name, value] as [string, string]]));
};

const correlations = ({ field_correlations }: FieldProfile): string | null => {
  const strong = field_correlations.filter(({ bivariate_correlation }) => Math.abs(bivariate_correlation) >= 0.5);
  strong.sort((a, b) => Math.abs(b.bivariate_correlation) - Math.abs(a.bivariate_correlation));
  return strong.length === 0
    ? null
    : strong
        .slice(0, CORRELATIONS_SHOWN)
        .map(({ other, bivariate_correlation }) => `${other} (${bivariate_correlation.toFixed(2)})`)
        .join(", ");
};

const topValues = ({ top_values, distinct_count, records }: FieldProfile): Html | null =>
  top_values.length === 0 || distinct_count === records
    ? null
    : html`<ul class="top">
        ${top_values.slice(0, TOP_VALUES_SHOWN).map(({ value, count: rows, ratio }) => html`<li title="${count(rows)}"><span>${cell(value, 30)}</span>${meter(ratio)}<span>${percent(ratio)}</span></li>`)}
      </ul>`;

const patterns = ({ patterns: masks }: FieldProfile): Html | null =>
  masks.length === 0
    ? null
    : html`<p class="masks">
        ${masks.slice(0, PATTERNS_SHOWN).map(({ mask, ratio }) => html`<code title="${percent(ratio)}">${cell(mask, 28)}</code> `)}
      </p>`;
