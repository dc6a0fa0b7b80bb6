/** `--plan`: the passes a scan would make, with their SQL, instead of making them. */
import type { QualityCheck } from "@touchstone/core/model/check";
import type { Level } from "@touchstone/engine/infer/level";
import { inferChecks } from "@touchstone/engine/operations/infer";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { planContainer, type ContainerPlan } from "@touchstone/engine/operations/scan";
import type { ExitStatus, Terminal, Values } from "./commands/command.ts";
import { list, text } from "./commands/command.ts";
import { connectOptions, masks, pairs } from "./commands/settings.ts";
import { closeAll, openSources } from "./sources.ts";

/** Infers checks first when a level above 0 is given, which needs the data; the plan itself reads nothing. */
export const printPlan = async (
  sources: readonly string[],
  checks: readonly QualityCheck[],
  level: Level,
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
    for (const datastore of datastores)
      for (const container of (await datastore.sync({ signal })).containers) {
        const { relation } = await datastore.open(container, { signal });
        const own = checks.filter((check) => check.status === "Active" && check.container.toLowerCase() === container.name.toLowerCase());
        const inferred =
          level === 0
            ? []
            : await inferChecks(datastore, container, relation, await profileContainer(datastore, container, relation, { now, signal }), {
                now,
                level,
                signal,
              });
        if (own.length + inferred.length > 0)
          stdout.write(
            planText(
              await planContainer(datastore, container, relation, [...own, ...inferred], {
                now,
                signal,
                since: text(values, "since"),
                variables: Object.fromEntries(pairs(values, "var")),
              }),
            ),
          );
        await datastore.release(container);
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
