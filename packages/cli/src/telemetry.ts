/**
 * OpenTelemetry, where the environment names a receiver: the settings are OpenTelemetry's own (OTEL_EXPORTER_OTLP_ENDPOINT and its kin).
 * What does the telling is loaded only then.
 */
import { userError } from "@touchstone/core/errors";
import { UNTRACED, type Tracing } from "@touchstone/core/tracing";

export type Telemetry = {
  tracing: Tracing;
  /** Sends what is left. */
  close: () => Promise<void>;
};

const ENDPOINTS = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

const isWanted = (): boolean =>
  process.env["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true" && ENDPOINTS.some((name) => (process.env[name] ?? "") !== "");

export type Telling = {
  service: "touchstone" | "touchstone-dataplane";
  version: string;
  /** Told when something could not be sent. */
  onError: (message: string) => void;
};

/** Throws SETTING_INVALID for a protocol that is not spoken. */
export const openTelemetry = async (telling: Telling): Promise<Telemetry> => {
  if (!isWanted()) return { tracing: UNTRACED, close: async () => undefined };
  if (process.env["OTEL_EXPORTER_OTLP_PROTOCOL"] === "grpc")
    throw userError(
      "SETTING_INVALID",
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      "OTLP is spoken over HTTP only: take http/json, and the receiver's port for it (4318)",
    );
  const { tellOverHttp } = await import("./otlp.ts");
  return tellOverHttp(telling);
};
