/** Who does the steps of a deployment. Each can be done again: what has been done already is found and left. */
import type { Finding } from "@touchstone/core/model/finding";
import type { Deployment } from "../deployment/deployment.ts";
import type { StepName } from "./record.ts";

export type Task = {
  deployment: Deployment;
  /** Version that a rollout wants; as the deployment says where null. */
  wanted: string | null;
  /** Private folder of the deployment. */
  folder: string;
  /** The same whenever the same step is done for the same. */
  key: string;
  tell: (line: string) => void;
  signal: AbortSignal;
};

/** What came of it: a word for the log, and findings where it was a look. `runs`: the version that runs now; `backup`: the name of the one that was made. */
export type Done = { said: string; findings?: readonly Finding[]; runs?: string; backup?: string };

export type FleetDriver = Readonly<Record<StepName, (task: Task) => Promise<Done>>>;

/** The driver of a member. */
export type OpenDriver = (member: { driver: string; kubeconfig: string | null }) => FleetDriver;
