/** What of the chart is made and not written: name below the chart's folder, and text. */
import { stringify } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import { VERSIONS } from "./changes.ts";
import { MOVED } from "./moved.ts";
import { chartReadme } from "./reference.ts";
import { described, valuesSchema } from "./schema.ts";
import { CHART_SETTINGS } from "./settings.ts";
import { SIZES } from "./sizes.ts";
import { IMAGES } from "./values.ts";
import { valuesYaml } from "./values-yaml.ts";

const MADE = "Made by packages/deploy/src/chart/write.ts: change that, not this.";

/** Version of chart and program are one: a chart installs the program it was tested with. */
export const VERSION: string = manifest.version;

/** From here on a container may sleep before it is stopped without a shell in it (KEP-3960, on by default since 1.30). */
const KUBERNETES_OLDEST = "1.30.0-0";

const chart = (): string =>
  `# ${MADE}\n` +
  stringify(
    {
      apiVersion: "v2",
      name: "touchstone",
      description: "Touchstone, an open, self-hosted data quality platform: control plane and dataplanes",
      type: "application",
      version: VERSION,
      appVersion: VERSION,
      kubeVersion: `>=${KUBERNETES_OLDEST}`,
      keywords: ["data quality", "profiling", "anomalies"],
      annotations: {
        "artifacthub.io/license": "Apache-2.0",
        "artifacthub.io/changes": stringify(VERSIONS[0]?.changes ?? [], { lineWidth: 0 }),
      },
    },
    { lineWidth: 0 },
  );

/** Images by default, one a line: what a mirror for an air gap takes. */
const images = (): string =>
  Object.values(IMAGES)
    .map((name) => `${name}:${VERSION}\n`)
    .join("");

export const chartFiles = (): Record<string, string> => {
  const schema = described();
  const environment = Object.fromEntries(CHART_SETTINGS.filter(({ answered }) => answered === null).map(({ name, env }) => [name, env]));
  return {
    "Chart.yaml": chart(),
    "README.md": chartReadme(schema),
    "files/environment.yaml": `# ${MADE}\n${stringify(environment)}`,
    "files/moved.yaml": `# ${MADE}\n${stringify(MOVED, { lineWidth: 0 })}`,
    "files/sizes.yaml": `# ${MADE}\n${stringify(SIZES, { lineWidth: 0 })}`,
    "images.txt": images(),
    "values.schema.json": `${JSON.stringify(valuesSchema(), null, 2)}\n`,
    "values.yaml": valuesYaml(schema, MADE),
  };
};
