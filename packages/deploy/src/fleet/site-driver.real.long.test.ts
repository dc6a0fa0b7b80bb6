/** A deployment of a fleet from its beginning to its end, on a real API server: the same suite. */
import { onRealCluster } from "../trial/backend.ts";

onRealCluster();
await import("./site-driver.long.test.ts");
