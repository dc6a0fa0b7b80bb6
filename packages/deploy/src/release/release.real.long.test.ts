/** The life of a release by the product's own acts, on a real API server: the same suite. */
import { onRealCluster } from "../trial/backend.ts";

onRealCluster();
await import("./release.slow.test.ts");
