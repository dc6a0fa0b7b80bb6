/** Profile as work: one container's statistics, and the checks its data proposes. */
import type { ProfiledContainer, WorkContainer } from "@touchstone/core/model/dataplane";
import { AI_EFFORT_DEFAULT, AI_EFFORTS, type OperationOptions } from "@touchstone/core/model/operation-options";
import type { OnEvent } from "@touchstone/core/model/operation";
import type { ErrorInfo } from "@touchstone/core/errors";
import { LEVEL_DEFAULT, type Level } from "../infer/level.ts";
import { inferChecks } from "../operations/infer.ts";
import { profileContainer } from "../operations/profile.ts";
import { withContainer } from "./open-container.ts";
import { sampleRows, type Lease, type OpenedContainer, type Operating } from "./operation.ts";
import { withReferences } from "./references.ts";

const LEVELS: readonly Level[] = [0, 1, 2, 3, 4, 5];

const levelOf = ({ ai_effort }: OperationOptions): Level => LEVELS[AI_EFFORTS.indexOf(ai_effort ?? AI_EFFORT_DEFAULT)] ?? LEVEL_DEFAULT;

export const unprofiled = (containerId: number, error: ErrorInfo): ProfiledContainer => ({
  kind: "profile",
  container_id: containerId,
  result: "failure",
  error,
  fields: [],
  profile: null,
  inferred: null,
});

/** Profiles one container. Throws ABORTED, and what the engine fails with. */
export const profileWork = ({ datastore, request, settings, lease }: Operating, known: WorkContainer): Promise<ProfiledContainer> => {
  const options = { signal: lease.signal, sampleRows: sampleRows(request) };
  return withReferences(known.references, settings, lease.signal, (others) =>
    withContainer({ datastore, others, settings }, known, options, (opened) => profileOpened(opened, request, lease)),
  );
};

const profileOpened = async (
  { known, datastore, container, catalogue, relation }: OpenedContainer,
  request: OperationOptions,
  lease: Lease,
): Promise<ProfiledContainer> => {
  const { signal } = lease;
  const now = new Date().toISOString();
  const onEvent: OnEvent = (event) => {
    if (event.event === "progress") lease.step({ container: known.name, phase: event.phase, fraction: event.fraction });
  };
  const profile = await profileContainer(datastore, container, relation, { now, signal, onEvent });
  const level = levelOf(request);
  const alertBudget = request.alert_budget ?? undefined;
  // At level 0 nothing is proposed, and what earlier profiles proposed goes.
  const inferred = await inferChecks(datastore, container, relation, profile, { now, level, alertBudget, catalogue, signal, onEvent });
  return { kind: "profile", container_id: known.id, result: "success", error: null, fields: container.fields, profile, inferred };
};
