/** Who does the steps of a deployment. Each can be done again: what has been done already is found and left. */
import type { Finding } from "@touchstone/core/model/finding";
import type { Deployment } from "../deployment/deployment.ts";
import type { DriverStep, HandStep, Transfer } from "./record.ts";

export type Task = {
  deployment: Deployment;
  /** Version that a rollout wants; as the deployment says where null. */
  wanted: string | null;
  /** Private folder of the deployment. */
  folder: string;
  /** The same whenever the same step is done for the same. */
  key: string;
  /** The one that there has to be before anything is taken away; null where none has to be. */
  backup: string | null;
  /** Of a deployment that is handed over. */
  transfer: Transfer | null;
  tell: (line: string) => void;
  signal: AbortSignal;
};

/**
 * What came of it: a word for the log, and findings where it was a look. `runs`: the version that runs now; `backup`: the name of the one
 * that was made; `document`: the digest of what was signed.
 */
export type Done = { said: string; findings?: readonly Finding[]; runs?: string; backup?: string; document?: string };

type Does = (task: Task) => Promise<Done>;
export type FleetDriver = Readonly<Record<DriverStep, Does>>;
/** Who hands a deployment over: it takes the operator's key and its token of the platform, which no fleet keeps. */
export type Hands = Readonly<Record<HandStep, Does>>;

type Member = { driver: string; kubeconfig: string | null };
export type OpenDriver = (member: Member) => FleetDriver;
export type OpenHands = (member: Member) => Hands;
