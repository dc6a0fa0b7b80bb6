/** Whether a start makes a demo. */
import type { Config } from "../config.ts";

/** Where nobody said, the demo is for a laptop: a store and a dataplane of its own. Null for none. */
export const demoWish = ({ demo, database_url }: Pick<Config, "demo" | "database_url">, withDataplane: boolean): "auto" | "yes" | null => {
  if (demo === "yes") return "yes";
  return demo === "auto" && database_url === null && withDataplane ? "auto" : null;
};
