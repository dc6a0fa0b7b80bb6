/** An object of Kubernetes as it is written in YAML: what it is, what it is called, and the rest as it comes. */
import { parseAllDocuments } from "yaml";
import { z } from "zod";

export const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type Manifest = z.infer<typeof Manifest>;

/** The objects of a text of YAML documents, read as Kubernetes does: YAML 1.1, in which `yes` and `0444` are no words. Throws when one is not YAML, has a key twice, or is not an object of Kubernetes. */
export const manifestsOf = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml, { version: "1.1", uniqueKeys: true, merge: false }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const value: unknown = document.toJS();
    return value === null || value === undefined ? [] : [Manifest.parse(value)];
  });

export const titleOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional(), valueFrom: z.looseObject({}).optional() })).default([]),
  envFrom: z.array(z.looseObject({ configMapRef: z.looseObject({ name: z.string() }).optional() })).default([]),
  ports: z.array(z.looseObject({ name: z.string().optional(), containerPort: z.number() })).default([]),
  resources: z
    .looseObject({ requests: z.record(z.string(), z.unknown()).default({}), limits: z.record(z.string(), z.unknown()).default({}) })
    .prefault({}),
  securityContext: z.looseObject({}).prefault({}),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
});
export type Container = z.infer<typeof Container>;

const PodTemplate = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).prefault({}),
  spec: z.looseObject({
    containers: z.array(Container).min(1),
    initContainers: z.array(Container).default([]),
    volumes: z.array(z.looseObject({ name: z.string() })).default([]),
    securityContext: z.looseObject({}).prefault({}),
    serviceAccountName: z.string().optional(),
    automountServiceAccountToken: z.boolean().optional(),
  }),
});
export type PodTemplate = z.infer<typeof PodTemplate>;

const Templated = z.looseObject({ spec: z.looseObject({ template: PodTemplate }) });
const Scheduled = z.looseObject({ spec: z.looseObject({ jobTemplate: Templated }) });

/** The pods an object makes, or the pod it is; null for what makes none. */
export const podTemplateOf = (manifest: Manifest): PodTemplate | null => {
  switch (manifest.kind) {
    case "Pod":
      return PodTemplate.parse(manifest);
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicaSet":
    case "Job":
      return Templated.parse(manifest).spec.template;
    case "CronJob":
      return Scheduled.parse(manifest).spec.jobTemplate.spec.template;
    default:
      return null;
  }
};

/** What stands at a place within an object; undefined where there is nothing. */
export const at = (value: unknown, ...keys: readonly (string | number)[]): unknown => {
  let place = value;
  for (const key of keys) place = typeof place === "object" && place !== null ? Reflect.get(place, key) : undefined;
  return place;
};
