/** A scanner for misconfiguration finds nothing high or critical in what the chart renders, but for what is waived here, with the reason. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { z } from "zod";
import { trivy } from "../tools/trivy.ts";
import { titleOf, type Manifest } from "../kubernetes/manifest.ts";
import { openHelm } from "../trial/helm.ts";
import { CHART_FOLDER } from "./write.ts";

const opened = await openHelm();
const scanner = await trivy().catch((thrown: unknown) => new Error(`trivy cannot be had here: ${String(thrown)}`));
const options = { skip: opened.absent ?? (scanner instanceof Error ? scanner.message : false) };

/** Findings that stay, each with its reason: there is none now. */
const WAIVED: Readonly<Record<string, string>> = {};

/** What the scanner has checks for; each object costs it a third of a second. */
const LOOKED_AT = new Set(["ClusterRoleBinding", "ConfigMap", "CronJob", "Deployment", "Ingress", "Job", "Pod", "RoleBinding", "Service"]);

const Report = z.object({
  Results: z
    .array(
      z.object({
        Target: z.string(),
        Misconfigurations: z
          .array(z.object({ ID: z.string(), Title: z.string(), Severity: z.string(), Message: z.string(), Status: z.string() }))
          .default([]),
      }),
    )
    .default([]),
});

const folder = mkdtempSync(join(tmpdir(), "touchstone-scan-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const scan = async (): Promise<z.infer<typeof Report>> => {
  if (scanner instanceof Error) throw scanner;
  const args = [
    "config",
    "--quiet",
    "--skip-policy-update",
    "--format",
    "json",
    "--cache-dir",
    join(folder, "cache"),
    join(folder, "objects"),
  ];
  const { stdout } = await promisify(execFile)(scanner, args, { timeout: 120_000, maxBuffer: 64 * 2 ** 20 });
  return Report.parse(JSON.parse(stdout));
};

/** Of objects that several examples have one is looked at. */
const objectsOfAll = async (): Promise<Manifest[]> => {
  const found = new Map<string, Manifest>();
  for (const example of readdirSync(join(CHART_FOLDER, "ci")).toSorted().toReversed())
    for (const object of await opened.template([join(CHART_FOLDER, "ci", example)]))
      if (LOOKED_AT.has(object.kind) && !found.has(titleOf(object))) found.set(titleOf(object), object);
  return [...found.values()];
};

test("what is rendered has nothing high or critical that is not waived", options, async () => {
  mkdirSync(join(folder, "objects"));
  const objects = await objectsOfAll();
  writeFileSync(join(folder, "objects", "chart.yaml"), objects.map((object) => stringify(object)).join("---\n"));
  // One that must be found, or nothing was looked at.
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "bad" },
    spec: { hostPID: true, containers: [{ name: "bad", image: "bad:latest", securityContext: { privileged: true } }] },
  };
  writeFileSync(join(folder, "objects", "bad.yaml"), stringify(pod));
  const { Results: results } = await scan();
  const found = results.flatMap(({ Target: file, Misconfigurations: list }) =>
    list
      .filter(({ Severity, Status }) => Status === "FAIL" && /HIGH|CRITICAL/.test(Severity))
      .map(({ ID, Message }) => ({ file, id: ID, text: `${ID} ${Message}` })),
  );
  assert.ok(
    found.some(({ file, id }) => file.endsWith("bad.yaml") && id === "KSV017"),
    "the scanner finds a privileged container",
  );
  const ours = found.filter(({ file }) => !file.endsWith("bad.yaml"));
  assert.deepEqual(
    ours.filter(({ id }) => WAIVED[id] === undefined).map(({ file, text }) => `${file}: ${text}`),
    [],
  );
  const unused = Object.keys(WAIVED).filter((id) => !ours.some((one) => one.id === id));
  assert.deepEqual(unused, [], "a waiver that nothing needs is taken away");
});
