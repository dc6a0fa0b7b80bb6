/**
 * Kinds of operators, as far as the chart uses them: written after their documentation, for their own schemas come with the operators.
 * Strict, so that a slip of a template is found; narrower than what the operators take.
 */
import { z } from "zod";
import { definitionName } from "./definition.ts";
import type { Manifest } from "./manifest.ts";

const text = z.string().min(1);
const labels = z.record(z.string(), z.string());
const port = z.int().min(1).max(65_535);
const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/);
const Selector = z.strictObject({ matchLabels: labels });
const Amounts = z.record(z.string(), z.union([z.string(), z.number()]));

/** https://gateway-api.sigs.k8s.io/reference/spec/#httproute */
const HTTPRoute = z.strictObject({
  parentRefs: z
    .array(z.strictObject({ name: text, namespace: text.optional(), sectionName: text.optional(), port: port.optional() }))
    .min(1),
  hostnames: z.array(text),
  rules: z.array(
    z.strictObject({
      matches: z.array(z.strictObject({ path: z.strictObject({ type: z.enum(["PathPrefix", "Exact"]), value: z.string().regex(/^\//) }) })),
      backendRefs: z.array(z.strictObject({ name: text, port })),
    }),
  ),
});

/** https://keda.sh/docs/latest/reference/scaledobject-spec/ and https://keda.sh/docs/latest/scalers/metrics-api/ : metadata are texts. */
const ScaledObject = z.strictObject({
  scaleTargetRef: z.strictObject({ name: text }),
  minReplicaCount: z.int().min(0),
  maxReplicaCount: z.int().min(1),
  pollingInterval: z.int().min(1),
  cooldownPeriod: z.int().min(0),
  triggers: z.array(
    z.strictObject({
      type: z.literal("metrics-api"),
      metadata: z.strictObject({ url: z.url(), valueLocation: text, targetValue: z.string().regex(/^\d+$/) }),
    }),
  ),
});

/** https://prometheus-operator.dev/docs/api-reference/api/ */
const ServiceMonitor = z.strictObject({
  selector: Selector,
  endpoints: z.array(z.strictObject({ port: text, path: z.string().regex(/^\//), interval: duration })).min(1),
});

const PrometheusRule = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: text,
      rules: z.array(z.strictObject({ alert: text, expr: text, for: duration, labels, annotations: labels })),
    }),
  ),
});

/** https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/ */
const Cluster = z.strictObject({
  instances: z.int().min(1),
  imageName: text.optional(),
  inheritedMetadata: z.strictObject({ labels }),
  bootstrap: z.strictObject({ initdb: z.strictObject({ database: text, owner: text }) }),
  storage: z.strictObject({ size: text, storageClass: text.optional() }),
  resources: z.strictObject({ requests: Amounts.optional(), limits: Amounts.optional() }),
});

/** https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate */
const Certificate = z.strictObject({
  secretName: text,
  commonName: text.max(64).optional(),
  dnsNames: z.array(text).min(1),
  usages: z.array(z.enum(["digital signature", "server auth"])),
  privateKey: z.strictObject({ algorithm: z.literal("ECDSA"), size: z.literal(256), rotationPolicy: z.literal("Always") }),
  issuerRef: z.strictObject({ name: text, kind: text, group: text }),
});

const SPECS: Readonly<Record<string, z.ZodType>> = {
  "cert-manager.io/v1/Certificate": Certificate,
  "gateway.networking.k8s.io/v1/HTTPRoute": HTTPRoute,
  "keda.sh/v1alpha1/ScaledObject": ScaledObject,
  "monitoring.coreos.com/v1/PrometheusRule": PrometheusRule,
  "monitoring.coreos.com/v1/ServiceMonitor": ServiceMonitor,
  "postgresql.cnpg.io/v1/Cluster": Cluster,
};

/** What is wrong with the fields of such an object; that nobody knows its kind is wrong too. */
export const customProblems = (manifest: Manifest): string[] => {
  if (definitionName(manifest) !== null) return [];
  const spec = SPECS[`${manifest.apiVersion}/${manifest.kind}`];
  if (spec === undefined) return [`nobody knows ${manifest.apiVersion}/${manifest.kind}`];
  return (spec.safeParse(manifest["spec"]).error?.issues ?? []).map(({ path, message }) => `spec.${path.join(".")}: ${message}`);
};
