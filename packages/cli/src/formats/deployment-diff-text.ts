/** What an upgrade would change, as a terminal shows it. */
import { styleText } from "node:util";
import type { DeploymentDiff } from "@touchstone/deploy/release/diff";
import { counted, plain } from "./words.ts";

const MARKS = { made: "+", changed: "~", removed: "-", kept: "=" } as const;
const WORDS = { made: "is made", changed: "changes", removed: "is removed", kept: "leaves the release and stays" } as const;

const lineText = (line: string, colour: boolean): string => {
  const hue = line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : line.startsWith("@@") ? "cyan" : null;
  const shown = `    ${plain(line)}`;
  return colour && hue !== null ? styleText(hue, shown, { validateStream: false }) : shown;
};

const patchText = (patch: string, colour: boolean): string =>
  patch === ""
    ? ""
    : `${patch
        .split("\n")
        .map((line) => lineText(line, colour))
        .join("\n")}\n`;

/** Each object that differs. Those that are new as a whole are named, not shown: `render` prints them. */
export const changesText = ({ from, to, changes, drift, driftUnseen, conflicts }: DeploymentDiff, colour: boolean): string => {
  const head = from === null ? `nothing is installed; ${to.chart} would be` : `${from.chart} (revision ${from.revision}) -> ${to.chart}`;
  const objects = changes.map(
    ({ object, change, patch }) =>
      `${MARKS[change]} ${plain(object)} ${WORDS[change]}\n${change === "changed" ? patchText(patch, colour) : ""}`,
  );
  const drifted = drift.map(({ object, change, patch }) =>
    change === "missing"
      ? `! ${plain(object)} is not there, and comes back\n`
      : `! ${plain(object)} is not as the release says\n${patchText(patch, colour)}`,
  );
  const owned = conflicts.map(
    ({ object, field, owner }) =>
      `! ${plain(`${object} ${field}`)} belongs to ${plain(owner)}: an upgrade stops there without --take-fields\n`,
  );
  const unseen = driftUnseen === null ? "" : `? the cluster could not be asked how it is: ${plain(driftUnseen)}\n`;
  return `${head}\n${[...objects, ...drifted, ...owned].join("")}${unseen}`;
};

/** The same, and the sum of it. */
export const diffText = (diff: DeploymentDiff, colour: boolean): string => {
  const { counts, drift } = diff;
  const sum = `${counts.changed} changed, ${counts.made} made, ${counts.removed} removed${counts.kept === 0 ? "" : `, ${counts.kept} kept`}`;
  const beside = drift.length === 0 ? "" : `; ${counted(drift.length, "object")} in the cluster not as the release says`;
  return `${changesText(diff, colour)}${sum}${beside}\n`;
};
