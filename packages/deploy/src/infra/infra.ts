/**
 * What makes, changes and removes the infrastructure of one deployment. One interface, so that a fleet and a transfer of ownership need
 * not know whether there is Terraform behind it, a cluster that was there before, or a test.
 */
import type { Deployment } from "../deployment/deployment.ts";
import type { Outputs } from "./outputs.ts";

export type Change = {
  /** `import`: what is there is taken into the state as it is, by import blocks beside a template. */
  action: "import" | "add" | "change" | "replace" | "destroy";
  /** Kind of the object, such as aws_db_instance. */
  kind: string;
  address: string;
  /** Whether data, or the key it is encrypted by, goes with it. */
  holdsData: boolean;
};

export type InfraPlan = {
  /** Says which plan this is; `apply` does this one, or none. */
  id: string;
  purpose: "apply" | "destroy";
  changes: Change[];
  /** Addresses of what the cloud would refuse to delete, for its protection is on. */
  isProtected: string[];
};

export type InfraDriver = {
  name: string;
  /** What would be done; nothing is. The last plan is the one that can be applied. */
  plan: (purpose?: InfraPlan["purpose"]) => Promise<InfraPlan>;
  /** The plan that was made last; null when there is none, or it has been applied. */
  planned: () => Promise<InfraPlan | null>;
  /** Does what the plan of that id says, nothing else. Throws PLAN_STALE, PLAN_MISSING, PLAN_BROKEN_OFF. */
  apply: (id: string) => Promise<Outputs>;
  /** Does a plan to destroy. Throws INFRA_PROTECTED too. */
  destroy: (id: string) => Promise<void>;
  /** What there is; null when nothing was made. */
  outputs: () => Promise<Outputs | null>;
  /** The state as a document, for who takes the deployment over; null where there is none. It may hold secrets. */
  exportState: () => Promise<string | null>;
};

/** What a driver works on. */
export type InfraSite = {
  deployment: Deployment;
  /** Private folder of this deployment. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** Hears one line about each step. */
  tell: (line: string) => void;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
};

export type OpenInfra = (site: InfraSite) => InfraDriver;
