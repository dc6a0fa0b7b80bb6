/** What a run knows of earlier ones through `--state FILE`: checkpoints, measurements, finished containers. No rows. */
import type { ShownValue } from "@touchstone/core/model/profile";
import type { ContainerReport, Report } from "@touchstone/core/model/report";
import type { RuleContext } from "@touchstone/core/rules/rule";
import type { Datastore } from "@touchstone/engine/connectors/connector";
import { checkpointsOf, historiesOf, readState, resumable, updateState, withFinished, withResults } from "@touchstone/engine/state";
import { text, type Values } from "./commands/command.ts";

export type Memory = {
  file: string;
  source: string;
  /** container -> last value of its incremental field that was seen. */
  checkpoints: ReadonlyMap<string, ShownValue>;
  history: (operation: string) => Record<string, RuleContext["history"]>;
  finished: (operation: string) => ContainerReport[];
};

/** Reads the state file; null without --state. Throws STATE_UNUSABLE. */
export const recall = async (values: Values, datastores: readonly Datastore[]): Promise<Memory | null> => {
  const file = text(values, "state");
  if (file === undefined) return null;
  const state = await readState(file);
  const source = datastores.map(({ name }) => name).join(", ");
  return {
    file,
    source,
    checkpoints: new Map([...checkpointsOf(state, source)].map(([container, { value }]) => [container, value])),
    history: (operation) => Object.fromEntries(historiesOf(state, source, operation)),
    finished: (operation) => [...resumable(state, source, operation).values()],
  };
};

/** Notes a finished container of a running operation, so that the same operation id goes on after it when this run is cut off. */
export const rememberContainer = async (memory: Memory, operation: string, report: ContainerReport): Promise<void> => {
  await updateState(memory.file, (state) => withFinished(state, memory.source, operation, report));
};

/** Notes checkpoints and measurements of what succeeded; to be called after the evidence was written. */
export const rememberRun = async (memory: Memory, report: Report, datastores: readonly Datastore[], signal: AbortSignal): Promise<void> => {
  if (report.summary.result === "aborted") return;
  const fields = new Map<string, string | null>();
  for (const datastore of datastores)
    for (const { name, incremental_field } of (await datastore.sync({ signal })).containers) fields.set(name, incremental_field);
  const outcomes = report.containers.map((container) => ({ report: container, incrementalField: fields.get(container.name) ?? null }));
  await updateState(memory.file, (state) =>
    withResults(state, memory.source, { id: report.operation.id, finishedAt: report.operation.finished_at }, outcomes),
  );
};
