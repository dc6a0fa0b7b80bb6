/**
 * Spans and durations sent by OTLP over HTTP, as JSON, with OpenTelemetry's own packages. Nothing is registered globally and no library is
 * patched: what is told is what the code says at its seam (core/tracing.ts). Loaded only where somebody listens.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind as Kind,
  SpanStatusCode,
  trace,
  type Context,
  type Histogram,
} from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import { UserError } from "@touchstone/core/errors";
import type { Attributes, SpanAsked, SpanKind, Tracing } from "@touchstone/core/tracing";
import type { Telemetry, Telling } from "./telemetry.ts";

const KINDS: Readonly<Record<SpanKind, Kind>> = {
  server: Kind.SERVER,
  client: Kind.CLIENT,
  producer: Kind.PRODUCER,
  consumer: Kind.CONSUMER,
  internal: Kind.INTERNAL,
};

/** `traceparent` of W3C Trace Context level 1 §3.2, of which later versions keep the beginning. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

const remote = (parent: string | null | undefined): Context | null => {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(parent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true });
};

const traceparent = (context: Context | undefined): string | null => {
  const span = context === undefined ? undefined : trace.getSpanContext(context);
  return span === undefined ? null : `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
};

/** Seconds, as OpenTelemetry's conventions for durations of requests advise; operations take minutes. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 1800];

/** The share of traces that is told, in OpenTelemetry's own settings; what another has begun to tell is told on. */
const samplerOf = () => {
  const ratio = Number(process.env["OTEL_TRACES_SAMPLER_ARG"] ?? "1");
  const isRatio = (process.env["OTEL_TRACES_SAMPLER"] ?? "").endsWith("traceidratio") && ratio >= 0 && ratio <= 1;
  return new ParentBasedSampler({ root: isRatio ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler() });
};

/** For a batch and its repetitions, unless OpenTelemetry's own settings say: half of its usual time, for what is left is sent while the process stops. */
const TIMEOUT_MS = 5_000;
const isSet = (name: string): boolean => (process.env[name] ?? "") !== "";
const limits = (): { timeoutMillis?: number } =>
  ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT"].some(isSet)
    ? {}
    : { timeoutMillis: TIMEOUT_MS };

/** What could not be sent is told once a minute: a receiver that is away is away for every batch. */
const TELL_MS = 60_000;

const tellFailures = (onError: (message: string) => void): void => {
  let told = -TELL_MS;
  const failed = (): void => {
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    // The exporter's own words may quote an answer of the receiver.
    onError("telemetry could not be sent to its receiver");
  };
  const silent = (): void => undefined;
  diag.setLogger(
    { error: failed, warn: failed, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
};

type Recorder = (metric: SpanAsked["metric"], attributes: Attributes, seconds: number) => void;

const recorder = (meters: MeterProvider, version: string): Recorder => {
  const meter = meters.getMeter("touchstone", version);
  const histograms = new Map<string, Histogram>();
  return (metric, attributes, seconds) => {
    if (metric === undefined) return;
    let histogram = histograms.get(metric.name);
    if (histogram === undefined) {
      histogram = meter.createHistogram(metric.name, { unit: "s", advice: { explicitBucketBoundaries: BOUNDARIES } });
      histograms.set(metric.name, histogram);
    }
    histogram.record(seconds, Object.fromEntries(metric.by.flatMap((name) => (name in attributes ? [[name, attributes[name]!]] : []))));
  };
};

export const tellOverHttp = ({ service, version, onError }: Telling): Telemetry => {
  tellFailures(onError);
  const own = resourceFromAttributes({ "service.name": process.env["OTEL_SERVICE_NAME"] ?? service, "service.version": version });
  const resource = defaultResource().merge(own);
  const spans = new TracerProvider({
    resource,
    sampler: samplerOf(),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(limits()) })],
  });
  const meters = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(limits()) })],
  });
  return {
    tracing: tracingOver(spans, recorder(meters, version), version),
    close: async () => void (await Promise.allSettled([spans.shutdown(), meters.shutdown()])),
  };
};

const codeOf = (thrown: unknown): string => (thrown instanceof UserError ? thrown.info.code : "INTERNAL");

const tracingOver = (spans: TracerProvider, record: Recorder, version: string): Tracing => {
  const tracer = spans.getTracer("touchstone", version);
  const underWay = new AsyncLocalStorage<Context>();
  return {
    within: async ({ name, kind, attributes, metric, parent }, work) => {
      const above = remote(parent) ?? underWay.getStore() ?? ROOT_CONTEXT;
      const started = performance.now();
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, above);
      let all: Attributes = attributes;
      const fail = (code: string): void => {
        all = { ...all, "error.type": code };
        span.setAttribute("error.type", code);
        span.setStatus({ code: SpanStatusCode.ERROR });
      };
      try {
        return await underWay.run(trace.setSpan(above, span), () =>
          work({
            set: (more) => {
              all = { ...all, ...more };
              span.setAttributes(more);
            },
            fail,
          }),
        );
      } catch (thrown) {
        // A message may name a value of the data; its code does not.
        fail(codeOf(thrown));
        throw thrown;
      } finally {
        span.end();
        record(metric, all, (performance.now() - started) / 1000);
      }
    },
    ended: ({ name, kind, attributes, metric, seconds, failed }) => {
      const above = underWay.getStore();
      if (above === undefined) return;
      const now = Date.now();
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes, startTime: now - seconds * 1000 }, above);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(now);
      record(metric, attributes, seconds);
    },
    current: () => traceparent(underWay.getStore()),
  };
};
