/** A hand-over on a real API server, which asks who comes and what they may: the same suite. */
import { onRealCluster } from "@touchstone/deploy/trial/backend";

onRealCluster();
await import("./transfer.long.test.ts");
