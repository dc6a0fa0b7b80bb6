/**
 * Pieces of Kubernetes that values of the chart may hold, described strictly: a misspelt key is refused by `helm lint`, not by the
 * cluster. Patterns are in the subset of Go's RE2, for Helm compiles them.
 */
import { z } from "zod";

/** RFC 1123 label: what names of most objects are. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;
const CIDR = /^([0-9]{1,3}(\.[0-9]{1,3}){3}\/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:]+:[0-9a-fA-F:]*\/[0-9]{1,3})$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const objectName = z.string().regex(SUBDOMAIN);
export const namespaceName = z.string().regex(LABEL);
/** A key of a Secret or ConfigMap. */
export const dataKey = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/);
export const quantity = z.string().regex(QUANTITY);
/** Room on a disk, in a unit that programs know too. */
export const room = z.string().regex(/^[0-9]+(\.[0-9]+)?(M|Mi|G|Gi|T|Ti)$/);
export const cidr = z.string().regex(CIDR);
export const port = z.int().min(1).max(65_535);
export const labels = z.record(z.string(), z.string());

export const Egress = z.strictObject({
  cidrs: z.array(cidr).min(1).describe("networks"),
  ports: z.array(port).min(1).describe("TCP ports"),
});

const Amount = z.strictObject({
  cpu: z.union([quantity, z.number().positive()]).optional(),
  memory: quantity.optional(),
  "ephemeral-storage": quantity.optional(),
});

export const Resources = z.strictObject({ requests: Amount.optional(), limits: Amount.optional() });

const Toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(["Exists", "Equal"]).optional(),
  value: z.string().optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
  tolerationSeconds: z.int().optional(),
});

export const Placement = z.strictObject({
  nodeSelector: labels.default({}).describe("labels of the nodes it runs on, such as those of a node pool"),
  tolerations: z.array(Toleration).default([]).describe("taints it bears"),
  affinity: z.looseObject({}).default({}).describe("Kubernetes' Affinity; without one, pods of a kind keep apart where they can"),
  priorityClassName: z.string().default("").describe("PriorityClass of its pods"),
});

const Selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

/** NetworkPolicyPeer. */
export const Peer = z.strictObject({
  podSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  ipBlock: z.strictObject({ cidr, except: z.array(cidr).optional() }).optional(),
});

const keyRef = z.strictObject({ name: objectName, key: dataKey });

export const Variable = z.union([
  z.strictObject({ name: z.string().regex(VARIABLE), value: z.string() }),
  z.strictObject({
    name: z.string().regex(VARIABLE),
    valueFrom: z.union([z.strictObject({ secretKeyRef: keyRef }), z.strictObject({ configMapKeyRef: keyRef })]),
  }),
]);

export const VolumeMount = z.strictObject({
  name: z.string().regex(LABEL),
  mountPath: z.string().regex(/^\//),
  subPath: z.string().optional(),
  readOnly: z.boolean().optional(),
});

/** Volumes have thirty kinds; the API server judges them. */
export const Volume = z.looseObject({ name: z.string().regex(LABEL) });

export const ParentRef = z.strictObject({
  name: objectName,
  namespace: namespaceName.optional(),
  sectionName: z.string().optional(),
  port: port.optional(),
});
