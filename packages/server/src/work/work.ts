/** What routes may have done by dataplanes. */
import type { Answered, Asked, OperationType, QuestionKind } from "@touchstone/core/model/work";
import type { Database } from "../store/database.ts";

export type NewOperation = {
  type: OperationType;
  datastoreId: number;
  /** As it was asked for, validated. */
  request: Record<string, unknown>;
  userId: number | null;
  scheduleId: number | null;
};

export type Work = {
  /** Queues an operation in the transaction that asks for it, and answers its id. */
  start: (db: Database, operation: NewOperation) => Promise<number>;
  /** The same with rows that are looked at and kept nowhere (uploads.ts). They are held once `act`'s transaction has ended. */
  startWithRows: (change: <T>(act: (db: Database) => Promise<T>) => Promise<T>, operation: NewOperation, rows: string) => Promise<number>;
  /** Asks an operation to stop; one that is over stays as it is. */
  abort: (db: Database, operationId: number) => Promise<void>;
  /**
   * Asks a dataplane that can reach the datastore, and waits. The answer may hold rows: it is never stored, nor logged.
   * For what is not saved yet the datastore is null, and `instead` says how to reach it. It speaks with the store by itself: nobody hands it a
   * transaction, which the answer would have to wait for. A route that changes something besides asks first (`waits`, http/serve.ts).
   * Throws DATAPLANE_ABSENT when none is there, DATAPLANE_SILENT when none answers in time.
   */
  ask: <K extends QuestionKind>(
    datastoreId: number | null,
    kind: K,
    question: Asked<K>,
    options?: {
      signal?: AbortSignal;
      timeoutSeconds?: number;
      /** Settings and secrets to use instead of those of the stored connection: to test before saving. */
      instead?: {
        type: string;
        settings: Record<string, unknown>;
        secrets: Record<string, string>;
        database: string | null;
        schema: string | null;
        root_path: string | null;
      };
    },
  ) => Promise<Answered<K>>;
};
