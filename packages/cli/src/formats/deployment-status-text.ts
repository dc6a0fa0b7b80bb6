/** How a deployment is, as a terminal shows it. */
import type { DeploymentStatus } from "@touchstone/deploy/release/status";
import { updaterText } from "./updater-text.ts";
import { plain } from "./words.ts";

const LABEL_WIDTH = 12;

const row = (label: string, text: string): string => `${label.padEnd(LABEL_WIDTH)}${plain(text)}\n`;

const releaseText = ({ release, lastGood }: DeploymentStatus): string =>
  release === null
    ? "nothing is installed"
    : `${release.chart} (${release.appVersion}), revision ${release.revision}, ${release.status}${lastGood === null ? "" : `; the last good one is ${lastGood}`}`;

const operationText = ({ operation }: DeploymentStatus): string => {
  if (operation === null) return "none was recorded";
  const { kind, who, startedAt, endedAt, outcome, why, steps } = operation;
  const last = steps.at(-1);
  const during = endedAt === null && last !== undefined ? ` at "${last.said}"` : "";
  return `${kind} by ${who}, ${startedAt}: ${outcome}${during}${endedAt === null ? "" : `, ${endedAt}`}${why === null ? "" : `; ${why}`}`;
};

export const statusText = (status: DeploymentStatus): string =>
  [
    row("deployment", `${status.name} in ${status.namespace}`),
    row("address", status.url),
    row("release", releaseText(status)),
    ...status.workloads.map(({ name, ready, wanted, why }, at) =>
      row(at === 0 ? "workloads" : "", `${name}: ${ready} of ${wanted} ready${why === null ? "" : `, ${why}`}`),
    ),
    row("lock", status.lock === null ? "free" : `${status.lock.holder}, until ${status.lock.until}`),
    row("last", operationText(status)),
    ...(status.updater === null ? [] : [updaterText(status.updater)]),
  ].join("");
