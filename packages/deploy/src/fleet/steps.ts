/** What is to be done next for a deployment: a step, another state, or nothing. Pure; asked again after everything that was done. */
import { digestOf } from "../deployment/digest.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { evidenceOf, stepOf, type FleetRecord, type StepName } from "./record.ts";
import { isBackedUp, type State } from "./states.ts";

type Phase = { steps: readonly StepName[]; next: State };

/** States in which something is done, and what they lead to. */
const PHASES: Partial<Record<State, Phase>> = {
  requested: { steps: [], next: "preflight" },
  preflight: { steps: ["preflight"], next: "provisioning" },
  provisioning: { steps: ["provision"], next: "configuring" },
  configuring: { steps: ["configure"], next: "installing" },
  installing: { steps: ["install"], next: "verifying" },
  verifying: { steps: ["verify"], next: "ready" },
  upgrading: { steps: ["provision", "configure", "upgrade"], next: "verifying" },
  deprovisioning: { steps: ["uninstall", "give-up", "deprovision"], next: "gone" },
};

/** What takes away is done for what was begun. */
const UNDOES: Partial<Record<StepName, StepName>> = { uninstall: "install", "give-up": "install", deprovision: "provision" };

/** The release of a move is taken away with its Secrets and volumes: whose they were has them elsewhere. */
const isMeant = (name: StepName, record: FleetRecord): boolean => {
  const { isMoved } = evidenceOf(record);
  return name === "uninstall" ? !isMoved : name === "give-up" ? isMoved : true;
};

export const appliedDigest = (deployment: Deployment, wanted: string | null): string => digestOf({ deployment, wanted });

/** What a step depends on. */
const basisOf = (name: StepName, deployment: Deployment, { wanted, approval, transfer }: FleetRecord): unknown => {
  const { model, fqdn, size, cloud, cluster } = deployment;
  switch (name) {
    case "provision":
      return { name: deployment.name, model, fqdn, size, cloud };
    case "configure":
      return { name: deployment.name, model, fqdn, size, cloud, cluster };
    case "preflight":
    case "install":
    case "upgrade":
    case "verify":
      return { deployment, wanted };
    case "backup":
    case "copy-out":
    case "uninstall":
    case "give-up":
    case "deprovision":
    case "take-back":
      return { approval };
    case "hand-over":
      return { approval, terms: transfer?.terms ?? null };
    case "prove":
      return { approval, acceptance: transfer?.acceptance ?? null, destroys: transfer?.destroys ?? null };
    default:
      return name satisfies never;
  }
};

export const inputHash = (name: StepName, deployment: Deployment, record: FleetRecord): string =>
  digestOf({ step: name, basis: basisOf(name, deployment, record) });

export type Work =
  | { kind: "step"; name: StepName; inputHash: string }
  | { kind: "move"; to: State; why: string }
  /** `isSettled`: it is as it shall be. */
  | { kind: "rest"; why: string; isSettled: boolean };

const stepWork = (name: StepName, deployment: Deployment, record: FleetRecord): Work => ({
  kind: "step",
  name,
  inputHash: inputHash(name, deployment, record),
});

/** Whether it was done for what there is now. */
export const isDone = (record: FleetRecord, name: StepName, deployment: Deployment): boolean => {
  const last = stepOf(record, name);
  return last?.result === "done" && last.inputHash === inputHash(name, deployment, record);
};

const pending = ({ steps }: Pick<Phase, "steps">, deployment: Deployment, record: FleetRecord): Work | null => {
  for (const name of steps) {
    const undone = UNDOES[name];
    if ((undone !== undefined && stepOf(record, undone) === null) || !isMeant(name, record)) continue;
    if (!isDone(record, name, deployment)) return stepWork(name, deployment, record);
  }
  return null;
};

/** What takes it away: a backup outside of the cluster first, where people used it. An upgrade that is at work comes to its end before. */
const removal = (deployment: Deployment, record: FleetRecord): Work | null => {
  const { state, approval } = record;
  if (approval?.purpose !== "remove" || ["upgrading", "deprovisioning", "gone", "transferring"].includes(state)) return null;
  return isBackedUp(evidenceOf(record))
    ? { kind: "move", to: "deprovisioning", why: `${approval.by} approved: ${approval.reason}` }
    : stepWork("copy-out", deployment, record);
};

const rest = (why: string, isSettled = true): Work => ({ kind: "rest", why, isSettled });

/** Whether it may be changed now; why not, where it may not. And whether who asks can hand it over. */
export type May = ({ change: true } | { change: false; why: string }) & { handOver: boolean };

/** What leads to its handing over, in its window: a move stops the platform. The backup stays with what is handed over. */
const leaving = (deployment: Deployment, record: FleetRecord, may: May): Work | null => {
  const { state, approval } = record;
  if (approval?.purpose !== "transfer" || (state !== "ready" && state !== "suspended")) return null;
  if (!may.handOver) return rest("to be handed over: touchstone fleet transfer export goes on with it");
  if (!may.change) return rest(may.why, false);
  return isBackedUp(evidenceOf(record))
    ? { kind: "move", to: "transferring", why: `${approval.by} approved: ${approval.reason}` }
    : stepWork("backup", deployment, record);
};

/** What is next for one that is on its way, between the two sides. */
const handingOver = (deployment: Deployment, record: FleetRecord, { handOver }: May): Work => {
  const { name, transfer } = record;
  if (!handOver || transfer === null) return rest("on its way to another owner");
  if (transfer.isCancelled)
    return (
      pending({ steps: ["take-back"] }, deployment, record) ?? { kind: "move", to: "verifying", why: "it is not handed over after all" }
    );
  const first = pending({ steps: ["hand-over"] }, deployment, record);
  if (first !== null) return first;
  if (transfer.acceptance === null)
    return rest(`waits for what the customer signs: touchstone fleet transfer revoke ${name} --acceptance FILE --trust KEY`);
  const second = pending({ steps: ["prove"] }, deployment, record);
  if (second !== null) return second;
  return transfer.record === null
    ? rest(`waits for the record that the customer has signed too: touchstone fleet transfer close ${name} FILE`)
    : { kind: "move", to: "transferred", why: "both have signed" };
};

const ofReady = (deployment: Deployment, { applied, wanted }: FleetRecord, may: May): Work => {
  if (applied === appliedDigest(deployment, wanted)) return rest("as it shall be");
  return may.change ? { kind: "move", to: "upgrading", why: "it is wanted otherwise than it is" } : rest(may.why, false);
};

export const nextWork = (deployment: Deployment, record: FleetRecord, may: May): Work => {
  const { state, applied, wanted } = record;
  const taking = removal(deployment, record);
  if (taking !== null) return taking;
  const going = leaving(deployment, record, may);
  if (going !== null) return going;
  const phase = PHASES[state];
  if (phase !== undefined) return pending(phase, deployment, record) ?? { kind: "move", to: phase.next, why: "its steps are done" };
  switch (state) {
    case "ready":
      return ofReady(deployment, record, may);
    case "degraded":
      if (applied === appliedDigest(deployment, wanted)) return { kind: "move", to: "verifying", why: "looked at again" };
      return may.change ? { kind: "move", to: "upgrading", why: "tried again" } : rest(may.why, false);
    case "suspended":
      return rest("left alone until touchstone fleet resume");
    case "transferring":
      return handingOver(deployment, record, may);
    default:
      return rest(state);
  }
};

/** What becomes of it when a step went wrong; null: it stays, and the step is tried again next time. */
export const afterFailure = ({ state, applied }: FleetRecord, name: StepName): State | null => {
  if (state === "verifying" && name === "verify" && applied !== null) return "degraded";
  return state === "upgrading" ? "degraded" : null;
};
