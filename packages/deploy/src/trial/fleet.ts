/** Fleets for tests: deployments in clusters that are there, a driver that pretends, and a clock that is set. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Channel, DeploymentInput } from "../deployment/deployment.ts";
import type { ReconcileOptions } from "../fleet/reconcile.ts";
import { newRecord } from "../fleet/record.ts";
import { openFleet, type Fleet, type Who } from "../fleet/store.ts";
import { windowIn } from "../fleet/windows.ts";
import { fakeDriver, type Fake } from "./fleet-driver.ts";

/** deployment.yaml of a deployment in a cluster that is there. */
export const deploymentText = (name: string, more: Partial<DeploymentInput> = {}): string =>
  stringify({
    version: 1,
    name,
    model: "customer",
    fqdn: `${name}.example.org`,
    size: "dev",
    store: "demo",
    cluster: { context: name },
    ...more,
  } satisfies DeploymentInput);

export type TrialFleet = {
  fleet: Fleet;
  fake: Fake;
  who: Who;
  options: ReconcileOptions;
  lines: string[];
  clock: { now: Date };
  add: (name: string, channel?: Channel, window?: string) => void;
  close: () => void;
};

export const trialFleet = (): TrialFleet => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-fleet-"));
  const clock = { now: new Date("2026-01-01T12:00:00Z") };
  const who: Who = { who: "operator@here", now: () => clock.now };
  const fake = fakeDriver();
  const lines: string[] = [];
  const fleet = openFleet(folder, who);
  return {
    fleet,
    fake,
    who,
    lines,
    clock,
    options: { openDriver: () => fake.driver, now: who.now, tell: (line) => lines.push(line), signal: new AbortController().signal },
    add: (name, channel = "stable", window) => {
      const given = { name, driver: "fake", kubeconfig: null, window: window === undefined ? null : windowIn(window) };
      fleet.add(deploymentText(name, { channel }), newRecord(given, clock.now.toISOString()), { what: "added", detail: "" });
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};
