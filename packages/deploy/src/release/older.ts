/** Whether an upgrade would go back: an older program brings its own, older chart. Pure. */
import { compareVersions, ProductVersion } from "../supply/product-version.ts";
import type { ChartFacts } from "./metadata.ts";

/** The version of a chart that runs, as helm calls it (`touchstone-1.4.0`), where what is to come is older. Null where it is not, or nobody can say. */
export const newerRunning = (running: string, { title, version }: Pick<ChartFacts, "title" | "version">): string | null => {
  const name = title.slice(0, -version.length);
  if (!running.startsWith(name)) return null;
  const runs = running.slice(name.length);
  const isComparable = [runs, version].every((one) => ProductVersion.safeParse(one).success);
  return isComparable && compareVersions(version, runs) < 0 ? runs : null;
};
