/** Where a deployment is: its description, and the tools that reach its cluster. What changes it takes this, and tells what it does. */
import type { Helm } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Deployment } from "../deployment/deployment.ts";

export type Site = {
  deployment: Deployment;
  kubectl: Kubectl;
  helm: Helm;
  /** Hears one line about each step. */
  tell: (line: string) => void;
  /** Aborted by Ctrl-C, or when the lock was lost. */
  signal: AbortSignal;
};
