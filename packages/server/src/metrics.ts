/** What the process tells Prometheus: requests, and the process itself. */
import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

/** Seconds; the API's own bar is a tenth. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export type Metrics = {
  answered: (answer: { method: string; path: string; status: number; seconds: number }) => void;
  text: () => Promise<string>;
  contentType: string;
};

export const openMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "touchstone_" });
  const labelNames = ["method", "path", "status"] as const;
  const requests = new Counter({ name: "touchstone_http_requests_total", help: "Requests answered", labelNames, registers: [registry] });
  const seconds = new Histogram({
    name: "touchstone_http_request_seconds",
    help: "Time to the answer",
    labelNames: ["method", "path"],
    buckets: SECONDS,
    registers: [registry],
  });
  return {
    answered: ({ method, path, status, seconds: taken }) => {
      requests.inc({ method, path, status: String(status) });
      seconds.observe({ method, path }, taken);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
