/** Releases whose command was killed, by helm 3. */
import { onHelm3 } from "../trial/tools.ts";

onHelm3();
await import("./killed.long.test.ts");
