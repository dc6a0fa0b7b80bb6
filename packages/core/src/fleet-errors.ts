/** What can go wrong with infrastructure, and with a fleet of deployments. A part of `errors.ts`. */
import { error } from "./error-text.ts";

export const FLEET_ERRORS = {
  PLAN_MISSING: error((deployment: string) => ({
    what: `There is no plan for ${deployment} that could be carried out`,
    why: "none was made, it was carried out already, or another one was made since",
    todo: "touchstone deploy infra plan shows what would be done; then run this again",
  })),
  PLAN_STALE: error((deployment: string, changed: string) => ({
    what: `The plan for ${deployment} is not what would be done now`,
    why: `${changed} changed since it was made`,
    todo: "touchstone deploy infra plan makes and shows a new one",
  })),
  PLAN_BROKEN_OFF: error((deployment: string, reason: string) => ({
    what: `The plan for ${deployment} was carried out in part, or not at all`,
    why: reason,
    todo: "correct the cause; what was made is in the state, and the plan is used up. After touchstone deploy infra apply make a new one of what is left (touchstone deploy infra plan) and apply that; any other command plans anew when it is run again",
  })),
  PLAN_DESTRUCTIVE: error((deployment: string, what: string) => ({
    what: `The plan for ${deployment} takes something away`,
    why: what,
    todo: "read what touchstone deploy infra plan shows; if it is wanted, see that there is a backup of what holds data, then touchstone deploy infra apply --yes",
  })),
  INFRA_PROTECTED: error((deployment: string, what: string) => ({
    what: `The infrastructure of ${deployment} is protected from deletion`,
    why: what,
    todo: "say `cloud.inputs.database.deletion_protection: false` in deployment.yaml, then touchstone deploy infra plan, apply and destroy",
  })),
  CONFIRMATION_MISSING: error((doing: string, name: string) => ({
    what: `${doing} was not confirmed`,
    why: "what is gone does not come back, so it takes --yes and the name, typed",
    todo: `add --yes --confirm ${name}`,
  })),
  FLEET_MEMBER_UNKNOWN: error((name: string, folder: string) => ({
    what: `The fleet has no deployment ${name}`,
    why: `there is none of that name in ${folder}`,
    todo: "touchstone fleet list names them all; touchstone fleet add takes one in",
  })),
  FLEET_MEMBER_EXISTS: error((name: string, state: string) => ({
    what: `The fleet has a deployment ${name} already`,
    why: `it is ${state}; a name is used once, so that its log is of one deployment only`,
    todo: "touchstone fleet add --replace gives it another deployment.yaml; or choose another name",
  })),
  FLEET_SHARED: error((name: string, what: string, other: string) => ({
    what: `${name} would share with ${other} what each has to have of its own`,
    why: what,
    todo: "one cloud role, one state and one key a deployment: whoever gets hold of one of them gets one deployment, not two",
  })),
  FLEET_STATE_WRONG: error((name: string, state: string, wanted: string, reason: string) => ({
    what: `${name} is ${state} and cannot become ${wanted}`,
    why: reason,
    todo: "touchstone fleet show says how it is; touchstone fleet apply goes on with what it is at",
  })),
  FLEET_HANDED_OVER: error((name: string, state: string) => ({
    what: `${name} is ${state === "transferred" ? "its new owner's" : "on its way to another owner"}`,
    why:
      state === "transferred"
        ? "both sides have signed that it was handed over: nothing of the fleet changes it, and what a move has left goes by one verb alone"
        : "nothing of it is changed until it is handed over, or the transfer is cancelled",
    todo: "touchstone fleet log tells who handed it over; touchstone fleet transfer cancel gives up a transfer that the customer has not accepted; touchstone fleet transfer destroy takes away what a move has left",
  })),
  FLEET_UNAPPLIED: error((name: string, state: string) => ({
    what: `${name} does not run what its deployment.yaml describes, so it is not handed over`,
    why: "its description or the version that is wanted was changed since it was applied: what is signed would not be what runs",
    todo: `${state === "suspended" ? `touchstone fleet resume ${name}, then ` : ""}touchstone fleet apply ${name} makes it so (--anytime: outside its window); or touchstone fleet add --replace with the deployment.yaml of before`,
  })),
  FLEET_LEASED: error((name: string, holder: string, until: string) => ({
    what: `Somebody else works on ${name}`,
    why: `${holder} holds its lease until ${until}`,
    todo: "wait for the end of it; the lease of a process that was killed ends by itself",
  })),
  FLEET_LEASE_LOST: error((name: string) => ({
    what: `The lease on ${name} was lost, and nothing more was written`,
    why: "it was not renewed in time, and somebody else took it",
    todo: "touchstone fleet show says how it is; touchstone fleet apply goes on",
  })),
  FLEET_RECORD_INVALID: error((file: string, reason: string) => ({
    what: `${file} is not as this program wrote it`,
    why: reason,
    todo: "put it back from a copy of the fleet's folder; touchstone fleet log then says whether it is whole",
  })),
  FLEET_BACKUP_IMPOSSIBLE: error((name: string, reason: string) => ({
    what: `No backup of ${name} could be made, so it is left as it is`,
    why: reason,
    todo: "correct the cause, and touchstone fleet apply tries again; to take it away with what is in it: touchstone fleet remove --without-backup",
  })),
  FLEET_BACKUP_UNKNOWN: error((name: string, id: string, reason: string) => ({
    what: `${id} is no backup of ${name} that could be relied on`,
    why: reason,
    todo: `touchstone fleet backup ${name} takes one out of the cluster; touchstone fleet show ${name} names those that there are`,
  })),
  FLEET_ROLLOUT_OTHER: error((to: string, state: string) => ({
    what: `The rollout of ${to} is not at its end`,
    why: `it is ${state}`,
    todo: "touchstone fleet resume goes on with it; touchstone fleet upgrade --replace begins another in its place",
  })),
  FLEET_ROLLOUT_NONE: error(() => ({
    what: "There is no rollout",
    why: "nobody began one",
    todo: "touchstone fleet upgrade --to VERSION begins one",
  })),
};
