/** The checks, in the order in which their findings are read. One line each. */
import type { Check } from "./check.ts";
import { chart } from "./chart.ts";
import { kubernetes } from "./kubernetes.ts";
import { release } from "./release.ts";
import { storage } from "./storage.ts";

export const CHECKS: readonly Check[] = [kubernetes, chart, storage, release];
