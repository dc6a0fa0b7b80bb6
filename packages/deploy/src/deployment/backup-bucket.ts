/** Where the backups of a deployment go when they leave its cluster. Pure. */
import { z } from "zod";
import { chartValuesOf } from "./chart-values.ts";
import type { Deployment } from "./deployment.ts";

const Values = z.looseObject({
  controlPlane: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
  store: z.looseObject({ mode: z.string().default("external") }).prefault({}),
  backup: z
    .looseObject({
      enabled: z.boolean().default(true),
      bucket: z.looseObject({ url: z.string().default(""), existingSecret: z.string().default("") }).prefault({}),
    })
    .prefault({}),
});

/** `secret`: the one with its keys; empty where pods ask as themselves. */
export type BackupBucket = { url: string; secret: string };

/** Null where backups stay in the cluster, or none are made. */
export const backupBucketOf = (deployment: Deployment): BackupBucket | null => {
  const { controlPlane, store, backup } = Values.parse(chartValuesOf(deployment));
  const { url, existingSecret } = backup.bucket;
  return controlPlane.enabled && backup.enabled && store.mode !== "demo" && url !== "" ? { url, secret: existingSecret } : null;
};
