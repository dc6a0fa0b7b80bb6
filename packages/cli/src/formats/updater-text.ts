/** How it is with pushed upgrades, as a terminal shows it. */
import type { UpdaterState } from "@touchstone/deploy/updater/keeping";
import { plain } from "./words.ts";

const LABEL_WIDTH = 12;
/** Older ones are in the JSON. */
const UPGRADES_SHOWN = 5;

const row = (label: string, text: string): string => `${label.padEnd(LABEL_WIDTH)}${plain(text)}\n`;

export const updaterText = ({ isAllowed, record: { condition, seen, failed, upgrades } }: UpdaterState): string =>
  [
    row("pushed", isAllowed ? "allowed" : "paused: there is no ConfigMap touchstone-upgrades"),
    row(
      "last look",
      condition === null
        ? "none"
        : `${condition.at}: ${condition.outcome}${condition.product === null ? "" : ` ${condition.product}`}; ${condition.why} (so since ${condition.since})`,
    ),
    ...Object.entries(seen).map(([channel, { counter }]) => row("channel", `${channel}, pointer ${counter}`)),
    ...failed.map(({ product, at, why }, index) => row(index === 0 ? "not again" : "", `${product}, failed at ${at}: ${why}`)),
    ...upgrades
      .slice(-UPGRADES_SHOWN)
      .map(({ product, from, startedAt, outcome }, index) =>
        row(index === 0 ? "upgrades" : "", `${startedAt}: ${from} to ${product}, ${outcome}`),
      ),
  ].join("");
