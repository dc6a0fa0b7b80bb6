/** What handlers may use besides the store: made once, when the control plane starts. */
import type { Tracing } from "@touchstone/core/tracing";
import type { KeyRing } from "./auth/seal.ts";
import type { Database } from "./store/database.ts";
import type { Bell } from "./work/bell.ts";
import type { Queue } from "./work/queue.ts";
import type { SessionSettings } from "./auth/sessions.ts";
import type { GuardedFetch } from "./http/ssrf.ts";
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
  /** The store outside of any transaction, and the queue over it: for the protocol of dataplanes. */
  db: Database;
  queue: Queue;
  /** Rung when something became of an operation or a question, in this process. */
  news: Bell;
  /** The clock by which sessions, codes and tokens end. */
  now: () => Date;
  sessions: SessionSettings;
  /** Where browsers reach this installation; null where nobody said. */
  baseUrl: string | null;
  /** Where spans are told, if anywhere. */
  tracing: Tracing;
  /** Asks addresses that users gave. */
  ask: GuardedFetch;
};
