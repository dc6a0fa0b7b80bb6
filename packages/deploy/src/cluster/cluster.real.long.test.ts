/** The tools and the lock, on a real API server: the same suite. */
import { onRealCluster } from "../trial/backend.ts";

onRealCluster();
await import("./cluster.slow.test.ts");
