import type { checksAsCode } from "@touchstone/core/routes/checks-as-code";
import type { CheckProblem } from "@touchstone/core/rules/read";
import { planImport, runImport, type Planned } from "../checks/import.ts";
import { requireUnchanged, retire } from "../checks/replace.ts";
import { exported } from "../checks/portable.ts";
import { Unusable } from "../http/problem.ts";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { checkConditions, checkRows } from "../store/checks.ts";

/** Most checks one answer exports: who has more exports one container or datastore after another. */
const EXPORT_MAX = 50_000;

const placesOf = (index: number, problems: readonly CheckProblem[]) =>
  problems.map(({ path, info }) => ({ loc: ["body", index, ...path], msg: `${info.what}: ${info.why}`, type: info.code }));

const outcomeOf = ({ problems, step }: Planned): "failed" | "unchanged" | "created" | "updated" => {
  if (problems.length > 0) return "failed";
  if (step === null) return "unchanged";
  return step.kind === "create" ? "created" : "updated";
};

const answerOf = (dryRun: boolean, planned: readonly Planned[], ids: readonly (number | null)[]) => {
  const items = planned.map(({ index, uid, container, rule_type, changes, problems, ...rest }, i) => ({
    index,
    outcome: outcomeOf(planned[i]!),
    uid,
    id: ids[i] ?? rest.id,
    container,
    rule_type,
    changes,
    problems: placesOf(index, problems),
  }));
  const count = (outcome: string) => items.filter((item) => item.outcome === outcome).length;
  return {
    dry_run: dryRun,
    created: count("created"),
    updated: count("updated"),
    unchanged: count("unchanged"),
    failed: count("failed"),
    items,
  };
};

/** Imports what can be imported as a whole. Throws Unusable with the places of all that cannot. */
const importAll = async (inside: Context<Services>, datastoreId: number, list: readonly unknown[]) => {
  const planned = await planImport(inside, datastoreId, list);
  const problems = planned.flatMap(({ index, problems: own }) => placesOf(index, own));
  const [first] = planned.flatMap(({ problems: own }) => own);
  if (first !== undefined) throw new Unusable(problems, first.info);
  return answerOf(false, planned, await runImport(inside, planned));
};

export const checksAsCodeHandlers: Handlers<typeof checksAsCode, Services> = {
  export: async ({ query }, { db, visible }) => {
    let rows = checkRows(db).orderBy("container.name").orderBy("check.uid").orderBy("check.id").limit(EXPORT_MAX);
    for (const condition of checkConditions(db, query, await visible("Reporter"))) rows = rows.where(condition);
    return exported(db, await rows.execute());
  },

  import: async ({ query, body }, context) => {
    if (query.dry_run) return answerOf(true, await planImport(context, query.datastore, body), []);
    return context.change((db) => importAll({ ...context, db }, query.datastore, body));
  },

  replace: async ({ query, body }, context) => {
    await requireUnchanged(context.db, query.datastore, body.expected);
    const answer = await importAll(context, query.datastore, body.checks);
    return { ...answer, archived: await retire(context, query.datastore, body.retired) };
  },
};
