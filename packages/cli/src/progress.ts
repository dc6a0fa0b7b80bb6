/** How a running operation shows: a line that redraws itself on a terminal, plain lines in a pipe, NDJSON on request. */
import type { OnEvent, OperationEvent } from "@touchstone/core/model/operation";
import type { Output } from "./commands/command.ts";
import { anomaliesIn, counted } from "./formats/words.ts";

export const PROGRESS_STYLES = ["auto", "bar", "plain", "ndjson", "none"] as const;
export type ProgressStyle = (typeof PROGRESS_STYLES)[number];

export type Progress = { onEvent: OnEvent; done: () => void };

const BAR_WIDTH = 24;
const REDRAW_MS = 80;

/** Progress goes to stderr, so that stdout holds nothing but the report. */
export const openProgress = (style: ProgressStyle, stream: Output): Progress => {
  const chosen = style === "auto" ? (stream.isTTY ? "bar" : "plain") : style;
  if (chosen === "none") return { onEvent: () => undefined, done: () => undefined };
  if (chosen === "ndjson") return { onEvent: (event) => void stream.write(`${JSON.stringify(event)}\n`), done: () => undefined };
  return chosen === "plain" ? plainProgress(stream) : barProgress(stream);
};

const plainProgress = (stream: Output): Progress => ({
  onEvent: (event) => {
    const line = plainLine(event);
    if (line !== null) stream.write(`${line}\n`);
  },
  done: () => undefined,
});

const plainLine = (event: OperationEvent): string | null => {
  if (event.event !== "container_finished") return null;
  const what = event.error
    ? `${event.error.code}: ${event.error.why}`
    : `${counted(event.records, "record")}, ${anomaliesIn(event.anomalies)}`;
  return `${event.container}: ${event.result === "success" ? what : `${event.result} (${what})`}`;
};

const barProgress = (stream: Output): Progress => {
  let containers = 0;
  let finished = 0;
  let drawnAt = 0;
  const clear = () => stream.write("\r\x1b[2K");
  const draw = (label: string, fraction: number) => {
    if (Date.now() - drawnAt < REDRAW_MS) return;
    drawnAt = Date.now();
    const filled = Math.round(Math.min(Math.max(fraction, 0), 1) * BAR_WIDTH);
    const line = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${containers > 1 ? `${finished + 1}/${containers} ` : ""}${label}`;
    stream.write(`\r\x1b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  const onEvent: OnEvent = (event) => {
    if (event.event === "operation_started") containers = event.containers;
    else if (event.event === "phase") draw(`${event.container}: ${event.phase}`, 0);
    else if (event.event === "progress") draw(`${event.container}: ${event.phase}`, event.fraction);
    else if (event.event === "container_finished") finished++;
  };
  return { onEvent, done: () => void clear() };
};
