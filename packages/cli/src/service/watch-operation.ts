/**
 * An operation until it is over: by the server's events, taken up again when the line breaks; by asking now and then where no events
 * come through, as behind a proxy that holds them back.
 */
import type { Client } from "@touchstone/core/client/client";
import { UserError, type ErrorCode } from "@touchstone/core/errors";
import { operations, type Operation } from "@touchstone/core/routes/operations";
import type { z } from "zod";

export type OperationState = z.output<typeof Operation>;

export type Watching = {
  onState: (state: OperationState) => void;
  /** Rejects when the command is interrupted. */
  wait: (ms: number) => Promise<void>;
};

const PAUSE_MS = 500;
const PAUSE_MS_MAX = 10_000;
/** Between two questions where there are no events. */
const ASK_MS = 2_000;
/** Streams that end without a word before it is asked instead. */
const SILENT_STREAMS_MAX = 3;
/** Failures in a row before it is given up: with their pauses about five minutes, in which a server is restarted and migrated. */
const FAILURES_MAX = 32;

const PASSING: readonly ErrorCode[] = ["SERVER_UNREACHABLE", "SERVER_SILENT", "TOO_MANY_REQUESTS", "SERVER_ANSWER_ODD"];
const isPassing = (thrown: unknown): boolean => thrown instanceof UserError && PASSING.includes(thrown.info.code);

export const pauseMs = (failures: number): number => Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** failures);

const isOver = ({ end_time }: OperationState): boolean => end_time !== null;

/** One stream: the state it ended with, the last there was; null where there was none. */
const follow = async (client: Client, id: number, onState: Watching["onState"]): Promise<OperationState | null> => {
  let latest: OperationState | null = null;
  try {
    for await (const state of client.events(operations.events, { params: { id } })) {
      latest = state;
      onState(state);
      if (isOver(state)) break;
    }
  } catch (thrown) {
    if (!isPassing(thrown)) throw thrown;
  }
  return latest;
};

const askUntilOver = async (client: Client, id: number, { onState, wait }: Watching): Promise<OperationState> => {
  for (let failures = 0; ;) {
    try {
      const state = await client.ask(operations.get, { params: { id } });
      failures = 0;
      onState(state);
      if (isOver(state)) return state;
      await wait(ASK_MS);
    } catch (thrown) {
      if (!isPassing(thrown) || ++failures >= FAILURES_MAX) throw thrown;
      await wait(pauseMs(failures));
    }
  }
};

/** Throws what the server refuses, and what is between the two for too long. */
export const watchOperation = async (client: Client, id: number, watching: Watching): Promise<OperationState> => {
  for (let silent = 0; silent < SILENT_STREAMS_MAX;) {
    const latest = await follow(client, id, watching.onState);
    if (latest !== null && isOver(latest)) return latest;
    silent = latest === null ? silent + 1 : 0;
    await watching.wait(pauseMs(silent));
  }
  return askUntilOver(client, id, watching);
};
