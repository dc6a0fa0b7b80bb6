/** Operations of a server in words. */
import type { z } from "zod";
import type { OperationContainer } from "@touchstone/core/routes/operations";
import { count, plain } from "../formats/words.ts";
import type { Output } from "../commands/command.ts";
import type { OperationState } from "./watch-operation.ts";

/** A moment to the minute, as people read it. */
export const moment = (at: string | null): string => (at === null ? "never" : at.slice(0, 16).replace("T", " "));

const PERCENT = 100;

export const stateLine = ({ id, type, result, progress, abort_requested }: OperationState): string => {
  const where = progress === null ? "" : ` ${progress.container ?? ""} ${progress.phase} ${Math.round(progress.fraction * PERCENT)} %`;
  return plain(`${type} ${id}: ${result}${abort_requested && result === "running" ? ", stopping" : ""}${where}`);
};

/** Lines for a pipe, one line that is drawn anew for a terminal. */
export const stateWriter = (stream: Output): { write: (state: OperationState) => void; done: () => void } => {
  let last = "";
  const write = (state: OperationState): void => {
    const line = stateLine(state);
    // In a pipe the share that is done would be a line each time.
    const told = stream.isTTY === true ? line : line.replace(/ \d+ %$/, "");
    if (told !== last) stream.write(stream.isTTY === true ? `\r\x1b[2K${told.slice(0, (stream.columns ?? 80) - 1)}` : `${told}\n`);
    last = told;
  };
  return { write, done: () => void (stream.isTTY === true && stream.write("\r\x1b[2K")) };
};

/** What was counted; nothing is said of what there was none of. */
const counters = ({ status }: OperationState): string =>
  Object.entries(status)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${count(value)}`)
    .join(", ");

/** How it ended, what it counted, and what went wrong where. */
export const outcomeText = (state: OperationState, containers: readonly z.output<typeof OperationContainer>[]): string =>
  [
    `${state.type} ${state.id} of ${plain(state.datastore.name)}: ${state.result}`,
    ...(counters(state) === "" ? [] : [`  ${counters(state)}`]),
    ...(state.message === null ? [] : [`  ${plain(state.message)}`]),
    ...containers
      .filter(({ result, message }) => result !== "success" || message !== null)
      .map(({ container, result, message }) => `  ${plain(container)}: ${result}${message === null ? "" : `, ${plain(message)}`}`),
    "",
  ].join("\n");
