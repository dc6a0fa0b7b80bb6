/** How long helm waits for any one thing. */
import { TIMEOUT_SECONDS } from "@touchstone/deploy/release/helm-arguments";
import type { Option, Values } from "../command.ts";
import { whole } from "../settings.ts";

const SECONDS_MOST = 86_400;

export const TIMEOUT_OPTION: Option = {
  flags: "--timeout <seconds>",
  docs: "longest wait for one thing, such as pods or the migration",
  default: String(TIMEOUT_SECONDS),
};

export const seconds = (values: Values): number => whole(values, "timeout", 1, SECONDS_MOST) ?? TIMEOUT_SECONDS;
