/** What can go wrong while an installation is deployed: its description, its tools, its cluster. A part of `errors.ts`. */
import { error } from "./error-text.ts";

export const DEPLOY_ERRORS = {
  DEPLOYMENT_INVALID: error((file: string, place: string, reason: string) => ({
    what: `${file} does not describe a deployment`,
    why: `${place}: ${reason}`,
    todo: "touchstone deploy schema prints what may stand there; touchstone deploy init writes a file to begin with",
  })),
  TOOL_MISSING: error((tool: string, needs: string) => ({
    what: `${tool} is not there`,
    why: `no ${tool} is on the PATH, and ${tool.toUpperCase()} names none`,
    todo: `install ${tool} (${needs}), or say where it is: ${tool.toUpperCase()}=/path/to/${tool}`,
  })),
  TOOL_FAILED: error((tool: string, doing: string, reason: string) => ({
    what: `${tool} could not ${doing}`,
    why: reason,
    todo: "correct the cause and run the same command again: it goes on from where it stopped",
  })),
  CLUSTER_UNREACHABLE: error((context: string, reason: string) => ({
    what: `The cluster of context ${context} does not answer`,
    why: reason,
    todo: "check the context (kubectl config get-contexts), the login to the cluster and the network",
  })),
  NAMESPACE_MISSING: error((namespace: string) => ({
    what: `There is no namespace ${namespace} yet`,
    why: "pods that look from inside need one",
    todo: `kubectl create namespace ${namespace}, and run this again`,
  })),
  DEPLOY_LOCKED: error((namespace: string, holder: string, until: string) => ({
    what: `Somebody else changes the deployment in ${namespace}`,
    why: `${holder} holds its lock until ${until}`,
    todo: "wait for the end of it; the lock of a process that was killed ends by itself",
  })),
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
  PLAN_DESTRUCTIVE: error((deployment: string, what: string) => ({
    what: `The plan for ${deployment} takes away what holds data`,
    why: what,
    todo: "see that there is a backup, and say --yes; or change deployment.yaml back and plan again",
  })),
  INFRA_PROTECTED: error((deployment: string, what: string) => ({
    what: `The infrastructure of ${deployment} is protected from deletion`,
    why: what,
    todo: "say `cloud.inputs.database.deletion_protection: false` in deployment.yaml, touchstone deploy infra plan and apply, and then destroy",
  })),
  CONFIRMATION_MISSING: error((doing: string, name: string) => ({
    what: `${doing} was not confirmed`,
    why: "what is gone does not come back, so it takes --yes and the name, typed",
    todo: `add --yes --confirm ${name}`,
  })),
};
