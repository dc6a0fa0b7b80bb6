import type { ErrorInfo } from "../errors.ts";

/** What an operation tells while it runs. Plain data: a terminal draws it, a pipe prints it, a worker sends it. */
export type OperationEvent =
  | { event: "operation_started"; id: string; type: string; containers: number; at: string }
  | { event: "container_started"; container: string; at: string }
  | { event: "phase"; container: string; phase: "sync" | "stage" | "profile" | "infer" | "scan" | "enrich"; at: string }
  | { event: "progress"; container: string; phase: string; fraction: number }
  | {
      event: "container_finished";
      container: string;
      result: "success" | "failure" | "aborted";
      records: number;
      anomalies: number;
      error: ErrorInfo | null;
      at: string;
    }
  | { event: "operation_finished"; id: string; result: "success" | "failure" | "aborted"; at: string };

export type OnEvent = (event: OperationEvent) => void;
