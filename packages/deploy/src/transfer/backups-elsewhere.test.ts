/** Backups that have left the cluster, as a transfer sees them: a credential to be exchanged, and copies on the side that is left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "../deployment/deployment.ts";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { credentialsOf } from "./credentials.ts";
import { oldPlaceFindings } from "./give-up.ts";

const URL = "s3://quality-backups/prod";
const CASES: readonly { what: string; values: object; store?: "demo"; told: string | null }[] = [
  { what: "on a volume", values: {}, told: null },
  { what: "in a bucket, by identity", values: { backup: { bucket: { url: URL } } }, told: `bucket of backups ${URL}` },
  {
    what: "in a bucket, by keys",
    values: { backup: { bucket: { url: URL, existingSecret: "bucket" } } },
    told: `Secret bucket: keys of the bucket of backups ${URL}`,
  },
  { what: "switched off", values: { backup: { enabled: false, bucket: { url: URL } } }, told: null },
  { what: "of a demo, which makes none", values: { backup: { bucket: { url: URL } } }, store: "demo", told: null },
  { what: "of dataplanes alone", values: { controlPlane: { enabled: false }, backup: { bucket: { url: URL } } }, told: null },
];
for (const { what, values, store, told } of CASES)
  test(`backups ${what}`, async () => {
    const deployment = Deployment.parse({
      version: 1,
      name: "acme",
      model: "customer",
      fqdn: "quality.example.org",
      values,
      ...(store === undefined ? {} : { store, size: "dev" }),
    });
    const named = credentialsOf(deployment, { groups: [], connections: [], providers: [] }).filter(({ name }) => name.includes("bucket"));
    assert.deepEqual(
      named.map(({ name, rotatedBy }) => [name, rotatedBy]),
      told === null ? [] : [[told, "person"]],
    );
    const findings = await oldPlaceFindings({ deployment, kubectl: kubectlInMemory().kubectl });
    const left = findings.filter(({ subject }) => subject === "old backups").map(({ state }) => state);
    assert.deepEqual(left, told === null ? [] : ["note"]);
  });
