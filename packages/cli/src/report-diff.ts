/** Two reports side by side, pure. */
import type { Anomaly, CheckResult, ContainerReport, Report } from "@touchstone/core/model/report";

type Finding = { container: string; fingerprint: string; message: string };
type Turned = { uid: string; before: CheckResult["status"] | null; after: CheckResult["status"] | null };

export type ReportDiff = {
  anomalies_new: Finding[];
  anomalies_gone: Finding[];
  anomalies_remaining: number;
  checks_turned: Turned[];
  /** Containers, fields and row counts that came, went or changed, in words. */
  containers_changed: { container: string; what: string }[];
};

/** Completeness that moved by this much (0..1) is worth a line. */
const COMPLETENESS_STEP = 0.01;

export const compareReports = (before: Report, after: Report): ReportDiff => {
  const [earlier, later] = [findings(before), findings(after)];
  return {
    anomalies_new: [...later.values()].filter(({ fingerprint }) => !earlier.has(fingerprint)),
    anomalies_gone: [...earlier.values()].filter(({ fingerprint }) => !later.has(fingerprint)),
    anomalies_remaining: [...later.keys()].filter((fingerprint) => earlier.has(fingerprint)).length,
    checks_turned: turned(before, after),
    containers_changed: containersChanged(before, after),
  };
};

const findings = ({ containers }: Report): Map<string, Finding> =>
  new Map(
    containers.flatMap(({ name, anomalies }) =>
      anomalies.map(({ fingerprint, message }: Anomaly): [string, Finding] => [fingerprint, { container: name, fingerprint, message }]),
    ),
  );

const turned = (before: Report, after: Report): Turned[] => {
  const statuses = ({ containers }: Report) =>
    new Map(containers.flatMap(({ checks }) => checks.map(({ uid, status }): [string, CheckResult["status"]] => [uid, status])));
  const [earlier, later] = [statuses(before), statuses(after)];
  const uids = [...new Set([...earlier.keys(), ...later.keys()])].sort();
  return uids
    .map((uid) => ({ uid, before: earlier.get(uid) ?? null, after: later.get(uid) ?? null }))
    .filter((turn) => turn.before !== turn.after);
};

const containersChanged = (before: Report, after: Report): ReportDiff["containers_changed"] => {
  const earlier = new Map(before.containers.map((container) => [container.name, container]));
  const later = new Map(after.containers.map((container) => [container.name, container]));
  const names = [...new Set([...earlier.keys(), ...later.keys()])].sort();
  return names.flatMap((name) => changes(earlier.get(name), later.get(name)).map((what) => ({ container: name, what })));
};

const changes = (before: ContainerReport | undefined, after: ContainerReport | undefined): string[] => {
  if (!before) return ["is new"];
  if (!after) return ["is gone"];
  const records = before.records === after.records ? [] : [`records ${before.records} -> ${after.records}`];
  const earlier = new Map(before.fields.map((field) => [field.name, field]));
  const later = new Map(after.fields.map((field) => [field.name, field]));
  const gone = before.fields.filter(({ name }) => !later.has(name)).map(({ name }) => `field ${name} is gone`);
  const changed = after.fields.flatMap(({ name, field_type, profile }) => {
    const old = earlier.get(name);
    if (!old) return [`field ${name} is new`];
    if (old.field_type !== field_type) return [`field ${name} was ${old.field_type}, is ${field_type}`];
    const [a, b] = [old.profile?.completeness ?? null, profile?.completeness ?? null];
    return a !== null && b !== null && Math.abs(a - b) >= COMPLETENESS_STEP
      ? [`field ${name} filled ${(a * 100).toFixed(1)}% -> ${(b * 100).toFixed(1)}%`]
      : [];
  });
  return [...records, ...gone, ...changed];
};
