/**
 * Whatever valid values somebody gives, what is rendered is something Kubernetes takes. The values are the same in every run, so that a change is
 * judged by what it changes; `TOUCHSTONE_CHART_SEED=…` draws others.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { titleOf, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import { customProblems } from "../kubernetes/custom.ts";
import { restrictedViolations } from "../kubernetes/restricted.ts";
import { meaningProblems } from "../kubernetes/semantics.ts";
import { fieldProblems } from "../kubernetes/validate.ts";
import { openHelm } from "../trial/helm.ts";
import { SIZE_NAMES } from "./sizes.ts";
import { Values } from "./values.ts";

const opened = await openHelm();
/** Each is a process of helm: a fifth of a second. */
const RUNS = 40;
const SEED = Number(process.env["TOUCHSTONE_CHART_SEED"] ?? 20_261_126);

/** Our reader of YAML 1.1 takes `e3` and a lone point for numbers; Helm's does not. */
const isRead = (text: string): boolean => !/^([eE]\d+|[-+]?\.[0-9_]*)$/.test(text);
const word = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/).filter(isRead);
const labelValue = fc.stringMatching(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?)?$/).filter(isRead);
const label = fc.dictionary(fc.stringMatching(/^([a-z]{1,8}\.example\/)?[A-Za-z]{1,12}$/), labelValue, { maxKeys: 3 });
const annotation = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}\.example\/[a-z]{1,12}$/),
  fc.string({ unit: "grapheme", maxLength: 20 }).filter(isRead),
  {
    maxKeys: 3,
  },
);
const cidr = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 160 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 8, max: 32 }))
    .map(([a, b, bits]) => `${a}.${b}.0.0/${bits}`),
  fc.constantFrom("0.0.0.0/0", "::/0", "fd00::/8", "2001:db8::/32"),
);
const port = fc.integer({ min: 1, max: 65_535 });
const egress = fc.array(
  fc.record({ cidrs: fc.array(cidr, { minLength: 1, maxLength: 3 }), ports: fc.array(port, { minLength: 1, maxLength: 3 }) }),
  { maxLength: 2 },
);
const placement = fc.record(
  {
    nodeSelector: label,
    tolerations: fc.array(fc.record({ key: word, operator: fc.constant("Exists"), effect: fc.constantFrom("NoSchedule", "NoExecute") }), {
      maxLength: 2,
    }),
    priorityClassName: word,
  },
  { requiredKeys: [] },
);
/** What looks like a secret is refused, and is another test's. */
const environment = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^X_[A-Z]{1,6}$/),
    value: fc.oneof(
      fc.string({ maxLength: 12 }).filter((text) => !text.includes("://") && isRead(text)),
      fc.constantFrom("yes", "0123", "null", "a: b", "{}", "'"),
    ),
  }),
  { selector: ({ name }) => name, maxLength: 3 },
);
const resources = fc.record(
  {
    requests: fc.record({ cpu: fc.constantFrom("100m", "2", 1, 0.5), memory: fc.constantFrom("128Mi", "1Gi") }),
    limits: fc.record({ memory: fc.constantFrom("1Gi", "2Gi") }),
  },
  { requiredKeys: [] },
);
const pods = { resources, placement, podAnnotations: annotation, extraEnv: environment, serviceAccountAnnotations: annotation };
const autoscaling = fc.record(
  { enabled: fc.boolean(), min: fc.integer({ min: 1, max: 9 }), max: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: [] },
);

const group = fc.record(
  {
    replicas: fc.integer({ min: 0, max: 9 }),
    autoscaling,
    operations: fc.integer({ min: 1, max: 64 }),
    engineMemory: fc.constantFrom("", "20GiB", "900MB"),
    threads: fc.integer({ min: 0, max: 64 }),
    spill: fc.record({ size: fc.constantFrom("", "5Gi", "1Ti"), storageClass: fc.constantFrom("", "fast") }, { requiredKeys: [] }),
    egress,
    metadataService: fc.boolean(),
    ...pods,
  },
  { requiredKeys: [] },
);

const values = fc.record(
  {
    fqdn: fc.tuple(word, word).map((words) => words.join(".")),
    size: fc.constantFrom(...SIZE_NAMES),
    nameOverride: fc.oneof(fc.constant(""), word),
    global: fc.record({ imageRegistry: fc.constantFrom("", "mirror.example.org:5000", "mirror.example.org/a/b/") }),
    images: fc.record(
      { pullSecrets: fc.array(word, { maxLength: 2 }), dataplane: fc.record({ digest: fc.constantFrom("", `sha256:${"a".repeat(64)}`) }) },
      { requiredKeys: [] },
    ),
    store: fc.record(
      { mode: fc.constantFrom<"external" | "cloudnativepg" | "demo">("external", "cloudnativepg", "demo"), existingSecret: word, port },
      { requiredKeys: ["mode", "existingSecret"] },
    ),
    keys: fc.record({ existingSecret: word }),
    settings: fc.record(
      {
        sessionHours: fc.integer({ min: 1, max: 99 }),
        logLevel: fc.constantFrom("info", "debug"),
        trustedProxies: fc.array(cidr, { maxLength: 2 }).map((list) => list.join(",")),
        drainSeconds: fc.integer({ min: 1, max: 90 }),
      },
      { requiredKeys: [] },
    ),
    authorities: fc.record({ configMap: fc.oneof(fc.constant(""), word) }),
    controlPlane: fc.record(
      { replicas: fc.integer({ min: 0, max: 9 }), autoscaling, serviceAnnotations: annotation, ...pods },
      { requiredKeys: [] },
    ),
    dataplanes: fc.record(
      { existingSecret: word, defaults: group, groups: fc.dictionary(word, group, { maxKeys: 3 }) },
      { requiredKeys: ["existingSecret"] },
    ),
    migrations: fc.record({ mode: fc.constantFrom<"job" | "external">("job", "external") }, { requiredKeys: [] }),
    backup: fc.record(
      {
        enabled: fc.boolean(),
        keep: fc.integer({ min: 1, max: 99 }),
        storageClass: fc.oneof(fc.constant(""), word),
        bucket: fc.record(
          {
            url: fc.constantFrom("", "s3://quality-backups/prod", "gs://quality-backups", "az://qualitybackups/backup/a/b"),
            region: fc.constantFrom("", "eu-central-1"),
            serviceAccount: fc.oneof(fc.constant(""), word),
            serviceAccountAnnotations: annotation,
            egress: fc.constant([{ cidrs: ["0.0.0.0/0"], ports: [443] }]),
          },
          { requiredKeys: ["egress"] },
        ),
        extraEnv: environment,
      },
      { requiredKeys: [] },
    ),
    ingress: fc.record(
      {
        enabled: fc.boolean(),
        className: word,
        annotations: annotation,
        paths: fc.array(
          word.map((text) => `/${text}`),
          { minLength: 1, maxLength: 3 },
        ),
      },
      { requiredKeys: [] },
    ),
    internalTls: fc.oneof(
      fc.record({ existingSecret: fc.oneof(fc.constant(""), word) }),
      fc.record({ issuer: fc.record({ name: word, kind: fc.constantFrom("Issuer", "ClusterIssuer") }, { requiredKeys: ["name"] }) }),
    ),
    gateway: fc.record(
      { enabled: fc.boolean(), parentRefs: fc.array(fc.record({ name: word }), { minLength: 1, maxLength: 2 }) },
      { requiredKeys: ["parentRefs"] },
    ),
    networkPolicy: fc.record(
      { enabled: fc.boolean(), store: fc.array(cidr, { minLength: 1, maxLength: 2 }), identityProviders: egress, entrance: egress },
      { requiredKeys: [] },
    ),
    placement,
    podDisruptionBudgets: fc.boolean(),
    openshift: fc.boolean(),
    hostUsers: fc.boolean(),
    updater: fc.record(
      {
        grade: fc.constantFrom("none", "namespace-admin", "cluster-admin"),
        egress,
        apiServer: fc.record({
          cidrs: fc.array(cidr, { minLength: 1, maxLength: 2 }),
          ports: fc.array(port, { minLength: 1, maxLength: 2 }),
        }),
        registrySecret: fc.constantFrom("", "registry"),
        resources,
        placement,
        extraEnv: environment,
      },
      { requiredKeys: ["grade"] },
    ),
    commonLabels: label,
  },
  { requiredKeys: ["fqdn", "store", "keys", "dataplanes"] },
);

const problems = (objects: readonly Manifest[]): string[] =>
  objects.flatMap((object) => {
    const template = podTemplateOf(object);
    return [
      ...(fieldProblems(object) ?? []),
      ...meaningProblems(object),
      ...customProblems(object),
      ...(template === null ? [] : restrictedViolations(template)),
    ].map((why) => `${titleOf(object)}: ${why}`);
  });

test("valid values never render what Kubernetes would refuse", { skip: opened.absent ?? false }, async () => {
  await fc.assert(
    fc.asyncProperty(values, async (given) => {
      assert.deepEqual(Values.safeParse(given).error?.issues ?? [], [], "the description takes them");
      const objects = await opened.template([await opened.values(given)]);
      assert.deepEqual(problems(objects), []);
    }),
    { numRuns: RUNS, endOnFailure: true, seed: SEED },
  );
});
