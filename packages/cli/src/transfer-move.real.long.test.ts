/** A move between two real API servers: the same suite. */
import { onRealCluster } from "@touchstone/deploy/trial/backend";

onRealCluster();
await import("./transfer-move.long.test.ts");
