/** The life of a release, by helm 3. */
import { onHelm3 } from "../trial/tools.ts";

onHelm3();
await import("./release.slow.test.ts");
