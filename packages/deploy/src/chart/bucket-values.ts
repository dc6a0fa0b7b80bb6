/** Where backups go when they leave the cluster: a place in an object store, and who asks it. */
import { z } from "zod";
import { Egress, labels, objectName } from "./kubernetes-values.ts";

/** As packages/server/src/object-store/place.ts reads them, in the subset of RE2: no part of a folder is . or .., which is said without looking ahead. */
const part = String.raw`(\.{0,2}[A-Za-z0-9_-][A-Za-z0-9._-]*|\.{3}[A-Za-z0-9._-]*)`;
const folder = `(/${part})*`;
const bucket = "[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]";
const ADDRESS = new RegExp(`^(s3://${bucket}${folder}|gs://${bucket}${folder}|az://[a-z0-9]{3,24}/${bucket}${folder})?$`);

export const Bucket = z
  .strictObject({
    url: z
      .string()
      .regex(ADDRESS)
      .default("")
      .describe("s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or az://ACCOUNT/CONTAINER/FOLDER; empty: backups stay on the volume"),
    region: z
      .string()
      .regex(/^[a-z0-9-]*$/)
      .default("")
      .describe("region of a bucket in S3; empty: as workload identity says, or us-east-1"),
    endpoint: z
      .string()
      .regex(/^(https:\/\/[^\s/@]+(\/[^\s@]*)?)?$/)
      .default("")
      .describe("address of another store that speaks the protocol of S3 (Oracle, MinIO), or of a blob service; empty: the cloud's own"),
    existingSecret: z
      .union([objectName, z.literal("")])
      .default("")
      .describe("Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AZURE_STORAGE_SAS_TOKEN; empty: workload identity"),
    serviceAccount: z
      .union([objectName, z.literal("")])
      .default("")
      .describe("name of the ServiceAccount that is made for backups, as the cloud knows it; empty: the release's, with -backup"),
    serviceAccountAnnotations: labels
      .default({})
      .describe("its annotations: eks.amazonaws.com/role-arn, iam.gke.io/gcp-service-account, azure.workload.identity/client-id"),
    egress: z
      .array(Egress)
      .default([])
      .describe(
        "networks of the object store, and of what gives its identity (STS, login.microsoftonline.com); agents on the node are open already",
      ),
  })
  .prefault({})
  .describe("an object store instead of a volume");
