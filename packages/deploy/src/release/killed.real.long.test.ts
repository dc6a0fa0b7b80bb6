/** Releases whose command was killed, on a real API server: the same suite. */
import { onRealCluster } from "../trial/backend.ts";

onRealCluster();
await import("./killed.long.test.ts");
