/**
 * What the two sides of a transfer say to each other, each a document that is signed: what is handed over (by the operator), that it was
 * taken over (by the customer), and the record of both that it is done. No secret is in any of them: credentials are named.
 */
import { z } from "zod";
import { JsonObject } from "../supply/canonical.ts";

const Digest = z.string().regex(/^sha256:[a-f0-9]{64}$/, "sha256: and 64 hexadecimal digits");
const Line = z.string().min(1).max(2000);
const Moment = z.iso.datetime();

/** In place: the account and the cluster stay, who rules them changes. Move: another cluster is filled, the old one is given up. */
export const SHAPES = ["in-place", "move"] as const;
export type Shape = (typeof SHAPES)[number];

export const Party = z.strictObject({ name: z.string().min(1).max(200), keyId: Digest });
export type Party = z.infer<typeof Party>;

/** Ways in, wherever they are: in the cluster, in the cloud, in the platform itself. */
export const ACCESS_KINDS = [
  "RoleBinding",
  "ClusterRoleBinding",
  "service account token",
  "pushed upgrades",
  "cloud principal",
  "user",
  "token",
  "identity provider",
  "directory token",
] as const;

/** One way in. Operator's: it has to be gone in the end; the others are told, so that the customer judges them. */
export const Access = z.strictObject({
  kind: z.enum(ACCESS_KINDS),
  /** The object that gives it, as its home calls it. */
  name: Line,
  who: Line,
  grants: Line,
  operators: z.boolean(),
});
export type Access = z.infer<typeof Access>;

/** A secret by its name. `command`: the takeover makes a new one; `person`: somebody does where it comes from. */
export const Credential = z.strictObject({ name: Line, rotatedBy: z.enum(["command", "person"]), how: Line });
export type Credential = z.infer<typeof Credential>;

export const TableSum = z.strictObject({ table: z.string(), rows: z.int().min(0), digest: Digest });
export type TableSum = z.infer<typeof TableSum>;

const AuditHead = z.strictObject({ entries: z.int().min(0), id: z.int().min(0), head: z.string().regex(/^[a-f0-9]{64}$/) });
export type AuditHead = z.infer<typeof AuditHead>;

export const TransferDocument = z.strictObject({
  version: z.literal(1),
  kind: z.literal("touchstone-transfer"),
  shape: z.enum(SHAPES),
  madeAt: Moment,
  operator: Party,
  /** Of the addresses of the operator's people. */
  operatorDomain: z.string().nullable(),
  deployment: JsonObject,
  release: z.strictObject({
    chart: Line,
    revision: z.int().min(1),
    /** Of the folder of the chart, or of nothing where it comes from a registry, whose version is in `chart`. */
    chartDigest: Digest.nullable(),
    /** Of all objects helm has applied. */
    manifestDigest: Digest,
    images: z.array(Line),
    values: JsonObject,
  }),
  infrastructure: z
    .strictObject({
      provider: Line,
      /** Where the operator keeps the state; what it is configured with is named, not told. */
      backend: Line,
      resources: z.int().min(0),
      /** HCL: takes the resources into another state. Empty where no state was given. */
      imports: z.string(),
      /** HCL: the operator's state forgets them, and destroys nothing. */
      removed: z.string(),
    })
    .nullable(),
  dns: z.array(z.strictObject({ name: Line, type: Line, value: z.string() })),
  /** Null where the platform was not asked. */
  audit: AuditHead.nullable(),
  /** Groups of dataplanes, each of which has a token. */
  groups: z.array(Line),
  accesses: z.array(Access),
  credentials: z.array(Credential),
  /** Of a move: what the store holds, and the file it comes in. */
  store: z.strictObject({ sums: z.array(TableSum), backup: z.strictObject({ digest: Digest, bytes: z.int().min(1) }) }).nullable(),
});
export type TransferDocument = z.infer<typeof TransferDocument>;

const StepDone = z.strictObject({ name: Line, at: Moment, note: z.string() });
export type StepDone = z.infer<typeof StepDone>;

export const Acceptance = z.strictObject({
  version: z.literal(1),
  kind: z.literal("touchstone-transfer-acceptance"),
  /** Digest of the signed transfer. */
  transfer: Digest,
  shape: z.enum(SHAPES),
  deployment: Line,
  acceptedAt: Moment,
  operator: Party,
  customer: Party,
  steps: z.array(StepDone).min(1),
});
export type Acceptance = z.infer<typeof Acceptance>;

const Told = z.strictObject({
  subject: z.string(),
  state: z.enum(["ok", "note", "problem", "unseen"]),
  found: z.string(),
  needs: z.string().nullable(),
  todo: z.string().nullable(),
});

export const TransferRecord = z.strictObject({
  version: z.literal(1),
  kind: z.literal("touchstone-transfer-record"),
  transfer: Digest,
  acceptance: Digest,
  shape: z.enum(SHAPES),
  deployment: Line,
  exportedAt: Moment,
  acceptedAt: Moment,
  closedAt: Moment,
  operator: Party,
  customer: Party,
  audit: AuditHead.nullable(),
  store: z.array(TableSum).nullable(),
  steps: z.array(StepDone),
  /** What came of each try to get in once more, with what the operator had. */
  proof: z.array(Told).min(1),
  /** What no command can prove. */
  notProved: z.array(Line),
});
export type TransferRecord = z.infer<typeof TransferRecord>;
