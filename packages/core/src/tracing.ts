/**
 * What the control plane and a dataplane tell of their work while it happens, where somebody wants to see it: spans, with what caused
 * them, and how long they took. It is a seam: what is behind it is the command line's to say (packages/cli/src/otlp.ts), and without it
 * nothing is told, loaded or counted. Names, counts and codes are told; never a value of the data, a text of a user or a secret.
 */

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** In the words of OpenTelemetry: who answers and who asks, who makes work and who does it. */
export type SpanKind = "server" | "client" | "producer" | "consumer" | "internal";

export type SpanAsked = {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
  /** A histogram of the seconds it takes, and the attributes by which they are told apart: few values each. */
  metric?: { name: string; by: readonly string[] };
  /** What caused it in another process, as W3C Trace Context writes it (`traceparent`); text that is none is no cause. */
  parent?: string | null | undefined;
};

/** What may still be said of a span under way. */
export type Span = {
  set: (attributes: Attributes) => void;
  /** It ended otherwise than it should; the code says how. */
  fail: (code: string) => void;
};

export type Tracing = {
  within: <T>(asked: SpanAsked, work: (span: Span) => Promise<T>) => Promise<T>;
  /** Something short that has just ended, below the span under way. Outside of any it is not told. */
  ended: (asked: SpanAsked & { seconds: number; failed: boolean }) => void;
  /** `traceparent` of the span under way, for whoever is caused by it; null outside of any. */
  current: () => string | null;
};

const SILENT: Span = { set: () => undefined, fail: () => undefined };

/** Nobody listens. */
export const UNTRACED: Tracing = { within: (_, work) => work(SILENT), ended: () => undefined, current: () => null };
