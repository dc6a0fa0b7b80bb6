/** What handlers may use besides the store: made once, when the control plane starts. */
import type { KeyRing } from "./auth/seal.ts";
import type { Work } from "./work/work.ts";

export type Phase = "starting" | "ok" | "draining";

export type Services = {
  version: string;
  /** Whether this process takes requests. */
  phase: () => Phase;
  ring: KeyRing;
  /** Signs tokens. */
  tokenKey: Buffer;
  work: Work;
};
