/** How numbers, values and outcomes are put into words for people, the same in every format. */
import type { Anomaly, CheckResult, ContainerReport } from "@touchstone/core/model/report";

/** 1234567 -> "1,234,567". */
export const count = (n: number | null): string => (n === null ? "–" : n.toLocaleString("en-US"));

/** Singular or plural with its number: "1 record", "2 records". */
export const counted = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : noun.endsWith("ch") ? "es" : "s"}`;

/** "1 anomaly", "2 anomalies". */
export const anomaliesIn = (n: number): string => `${count(n)} ${n === 1 ? "anomaly" : "anomalies"}`;

/** Share as percent, precise where it is small: 0.00012 -> "0.012%". */
export const percent = (ratio: number | null): string => {
  if (ratio === null) return "–";
  const value = ratio * 100;
  if (value === 0 || value === 100) return `${value}%`;
  const decimals = value > 99.9 || value < 0.1 ? 3 : value > 99 || value < 1 ? 2 : 1;
  const text = value.toFixed(decimals);
  return Number(text) >= 100 || Number(text) === 0 ? `${value < 50 ? "<0.001" : ">99.999"}%` : `${text}%`;
};

/** A number with at most six significant digits, grouped. */
export const number = (value: number | null): string =>
  value === null ? "–" : Number.isInteger(value) ? count(value) : value.toLocaleString("en-US", { maximumSignificantDigits: 6 });

/** A cell of a record on one line, cut at `charactersMax`. */
export const cell = (value: unknown, charactersMax = 60): string => {
  const text =
    value === null || value === undefined
      ? "NULL"
      : typeof value === "string"
        ? value
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value);
  const line = plain(text);
  return line.length > charactersMax ? `${line.slice(0, charactersMax - 1)}…` : line;
};

/** Text on one line: control characters of the data must neither break it nor reach a terminal as commands. */
export const plain = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, controlPicture);

const controlPicture = (character: string): string => (character === "\n" ? "⏎" : character === "\t" ? "⇥" : "·");

/** Where a record stands: "orders_2.csv row 17", "row 17", or nothing where the source has no order. */
export const place = (row: number | null, partition: string | null, partitions: number): string =>
  [partition !== null && partitions > 1 ? partition : "", row === null ? "" : `row ${count(row)}`].filter(Boolean).join(" ");

/** How a check went, with its counts. */
export const outcome = (check: CheckResult): string => {
  if (check.status === "unasserted") return check.error ? `not asserted: ${check.error.why}` : "not asserted";
  const measured = check.measured === null || check.measured === undefined ? "" : `measured ${cell(check.measured)}; `;
  if (check.status === "passed" && !check.anomalous_records) return `${measured}${counted(check.asserted_records ?? 0, "record")} asserted`;
  return `${measured}${count(check.anomalous_records)} of ${counted(check.asserted_records ?? 0, "record")}`;
};

/** Distinct partitions named by the anomalies of a container; decides whether they need telling apart. */
export const partitionsNamed = (container: ContainerReport): number => {
  const names = new Set<string>();
  const see = (anomaly: Anomaly) => [anomaly, ...anomaly.examples].forEach(({ partition }) => partition !== null && names.add(partition));
  container.anomalies.forEach(see);
  return names.size;
};

/** Failed checks first, then unasserted, then passed; within each by weight, then by how many records they name. */
export const byUrgency = (checks: readonly CheckResult[]): CheckResult[] => {
  const rank = { failed: 0, unasserted: 1, passed: 2 };
  return [...checks].sort(
    (a, b) =>
      rank[a.status] - rank[b.status] ||
      b.weight - a.weight ||
      (b.anomalous_records ?? 0) - (a.anomalous_records ?? 0) ||
      (a.uid < b.uid ? -1 : 1),
  );
};
