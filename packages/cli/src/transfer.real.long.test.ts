/** A transfer in place, on a real API server that asks RBAC who comes: the same suite. */
import { onRealCluster } from "@touchstone/deploy/trial/backend";

onRealCluster();
await import("./transfer.long.test.ts");
