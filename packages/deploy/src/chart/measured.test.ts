/** Alerts and dashboards ask for what the product tells, and no more; each alert has its page. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { openMetrics } from "@touchstone/server/metrics";
import { CHART_FOLDER } from "./write.ts";

const RUNBOOKS = join(CHART_FOLDER, "../../../docs/runbooks");
const ALERTS = z.array(
  z.object({
    alert: z.string(),
    expr: z.string(),
    for: z.string(),
    labels: z.object({ severity: z.enum(["warning", "critical"]) }),
    annotations: z.object({ summary: z.string() }),
  }),
);
const alerts = ALERTS.parse(parse(readFileSync(join(CHART_FOLDER, "files/alerts.yaml"), "utf8")));
const dashboards = readdirSync(join(CHART_FOLDER, "dashboards")).map((name) =>
  readFileSync(join(CHART_FOLDER, "dashboards", name), "utf8"),
);

/** Of kube-state-metrics and of Prometheus itself. */
const OTHERS = new Set(["kube_cronjob_status_last_successful_time", "kube_deployment_status_replicas_unavailable", "up"]);

const told = async (): Promise<Set<string>> => {
  const load = { dataplanes: [{ name: "one", work: 1, silentSeconds: 1 }], oldestSeconds: 1 };
  const metrics = openMetrics(async () => load);
  metrics.answered({ method: "GET", path: "/", status: 200, seconds: 1 });
  metrics.presented({ listener: "internal", validFrom: new Date(0), validTo: new Date(0) });
  return new Set([...(await metrics.text()).matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name]) => name ?? ""));
};

test("every measure that is asked for is told", async () => {
  const names = await told();
  const asked = [...alerts.map(({ expr }) => expr), ...dashboards].flatMap((text) =>
    [...text.matchAll(/\b(touchstone_[a-z0-9_]+|kube_[a-z_]+)\b/g)].map(([name]) => name),
  );
  assert.ok(asked.length > 10);
  assert.deepEqual(
    [...new Set(asked)].filter((name) => !names.has(name) && !OTHERS.has(name)),
    [],
  );
});

test("every alert has a page that says what it means, what to look at and what to do", () => {
  const pages = alerts.map(({ alert }) => `${alert.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.md`);
  // Pages of other names are of what is done without an alert.
  const ofAlerts = readdirSync(RUNBOOKS).filter((name) => name.startsWith("touchstone-"));
  assert.deepEqual(ofAlerts.toSorted(), pages.toSorted());
  for (const page of pages) {
    assert.ok(existsSync(join(RUNBOOKS, page)));
    const text = readFileSync(join(RUNBOOKS, page), "utf8");
    for (const part of ["## What it means", "## Look", "## Do"]) assert.ok(text.includes(part), `${page}: ${part}`);
  }
});
