/** The life of a release, on a real API server: the same suite. */
import { onRealCluster } from "../trial/backend.ts";

onRealCluster();
await import("./lifecycle.slow.test.ts");
