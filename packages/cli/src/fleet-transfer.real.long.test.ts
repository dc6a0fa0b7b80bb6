/** A fleet hands a deployment over, on a real API server that asks RBAC who comes: the same suite. */
import { onRealCluster } from "@touchstone/deploy/trial/backend";

onRealCluster();
await import("./fleet-transfer.long.test.ts");
