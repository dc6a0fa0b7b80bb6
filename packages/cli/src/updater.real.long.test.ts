/** Pushed upgrades on a real API server, by the updater's own ServiceAccount and with no right but those of its roles: the same suite. */
import { onRealCluster } from "@touchstone/deploy/trial/backend";

onRealCluster();
await import("./updater.long.test.ts");
