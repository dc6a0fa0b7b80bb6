/** `--plan`: the passes a scan would make, with their SQL, instead of making them. */
import type { QualityCheck } from "@touchstone/core/model/check";
import { inferChecks, type InferOptions } from "@touchstone/engine/operations/infer";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { planContainer, type ContainerPlan } from "@touchstone/engine/operations/scan";
import type { ExitStatus, Terminal, Values } from "./commands/command.ts";
import { list, text } from "./commands/command.ts";
import { connectOptions, masks, pairs } from "./commands/settings.ts";
import { closeAll, openSources } from "./sources.ts";

/** Infers checks first where `inference` is given, which needs the data; the plan itself reads nothing. */
export const printPlan = async (
  sources: readonly string[],
  checks: readonly QualityCheck[],
  inference: Pick<InferOptions, "level" | "alertBudget"> | null,
  values: Values,
  { stdout, signal }: Terminal,
): Promise<ExitStatus> => {
  const datastores = await openSources(sources, connectOptions(values, signal), {
    containers: list(values, "container"),
    masks: masks(values),
    incrementalFields: pairs(values, "incrementalField"),
  });
  try {
    const now = new Date().toISOString();
    for (const datastore of datastores) {
      const catalogue = (await datastore.sync({ signal })).containers;
      for (const container of catalogue) {
        const { relation } = await datastore.open(container, { signal });
        const own = checks.filter((check) => check.container.toLowerCase() === container.name.toLowerCase());
        const inferred =
          inference === null
            ? []
            : await inferChecks(datastore, container, relation, await profileContainer(datastore, container, relation, { now, signal }), {
                now,
                ...inference,
                catalogue,
                signal,
              });
        const active = [...own, ...inferred].filter((check) => check.status === "Active");
        if (active.length > 0)
          stdout.write(
            planText(
              await planContainer(datastore, container, relation, active, {
                now,
                signal,
                since: text(values, "since"),
                variables: Object.fromEntries(pairs(values, "var")),
              }),
            ),
          );
        await datastore.release(container);
      }
    }
    return 0;
  } finally {
    await closeAll(datastores);
  }
};

const planText = ({ container, passes, refused }: ContainerPlan): string => {
  const reading = passes.filter(({ sql }) => sql.length > 0).length;
  const head = `${container}: ${reading} ${reading === 1 ? "pass" : "passes"} over the data`;
  const lines = passes.flatMap(({ kind, what, sql }, index) => [
    `\n-- ${index + 1}. ${kind}: ${what}`,
    ...sql.map((statement) => `${statement};`),
  ]);
  return `${[head, ...lines, ...refused.map(({ uid, error }) => `-- not asserted: ${uid}: ${error.code}: ${error.why}`)].join("\n")}\n\n`;
};
