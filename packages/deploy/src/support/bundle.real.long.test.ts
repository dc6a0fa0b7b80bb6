/** The bundle for support, on a real API server: the same suite. */
import { onRealCluster } from "../trial/backend.ts";

onRealCluster();
await import("./bundle.slow.test.ts");
