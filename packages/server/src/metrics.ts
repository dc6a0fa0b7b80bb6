/** What the process tells Prometheus: requests, the process itself, and how much work there is. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Load } from "./work/load.ts";

/** Seconds; the API's own bar is a tenth. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export type Metrics = {
  answered: (answer: { method: string; path: string; status: number; seconds: number }) => void;
  /** A certificate that is answered with from now on. */
  presented: (certificate: { listener: string; validFrom: Date; validTo: Date }) => void;
  text: () => Promise<string>;
  /** Work by name of the dataplane, for what scales by one number: KEDA reads JSON, not labels. */
  work: () => Promise<Record<string, number>>;
  contentType: string;
};

/** Gauges of the load; all of them are set before each reading, from the store, so every replica tells the same. */
const loadGauges = (registry: Registry): ((load: Load) => void) => {
  const labelNames = ["dataplane"] as const;
  const registers = [registry];
  const work = new Gauge({ name: "touchstone_dataplane_work", help: "Operations it has or may take", labelNames, registers });
  const silent = new Gauge({ name: "touchstone_dataplane_silent_seconds", help: "Since it was heard of", labelNames, registers });
  const oldest = new Gauge({ name: "touchstone_work_oldest_seconds", help: "Age of the oldest operation that waits", registers });
  return ({ dataplanes, oldestSeconds }) => {
    work.reset();
    silent.reset();
    for (const { name, work: count, silentSeconds } of dataplanes) {
      work.set({ dataplane: name }, count);
      silent.set({ dataplane: name }, silentSeconds);
    }
    oldest.set(oldestSeconds);
  };
};

/** Begin and end: how soon an end is depends on how long it was good for. */
const certificateGauges = (registry: Registry): Metrics["presented"] => {
  const labelNames = ["listener"] as const;
  const registers = [registry];
  const since = "the certificate of a listener, in seconds since 1970";
  const begins = new Gauge({ name: "touchstone_certificate_begin_seconds", help: `Begin of ${since}`, labelNames, registers });
  const ends = new Gauge({ name: "touchstone_certificate_end_seconds", help: `End of ${since}`, labelNames, registers });
  return ({ listener, validFrom, validTo }) => {
    begins.set({ listener }, Math.floor(validFrom.getTime() / 1000));
    ends.set({ listener }, Math.floor(validTo.getTime() / 1000));
  };
};

export const openMetrics = (readLoad: () => Promise<Load>): Metrics => {
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
  const presented = certificateGauges(registry);
  const tellLoad = loadGauges(registry);
  return {
    answered: ({ method, path, status, seconds: taken }) => {
      requests.inc({ method, path, status: String(status) });
      seconds.observe({ method, path }, taken);
    },
    presented,
    text: async () => {
      // A store that does not answer is no reason to be silent about the process.
      const load = await readLoad().catch(() => null);
      if (load !== null) tellLoad(load);
      return registry.metrics();
    },
    work: async () => Object.fromEntries((await readLoad()).dataplanes.map(({ name, work }) => [name, work])),
    contentType: registry.contentType,
  };
};
