/** What becomes of a template in the checks made from it. */
import type { z } from "zod";
import type { TemplateUse } from "@touchstone/core/routes/check-templates";
import type { CheckProblem } from "@touchstone/core/rules/read";
import { seesOf } from "../http/allowed.ts";
import { Unusable } from "../http/problem.ts";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { homeOf, makeCheck } from "./birth.ts";
import { tryReadContent } from "./content.ts";
import { homesOf, type Home } from "./home.ts";
import { followed, type Kept } from "./kept.ts";
import { lockCheck, saveCheck, type Current } from "./save.ts";

/** The tags of a check after those of its template changed. */
const retagged = (check: Kept, before: Kept, after: Kept): string[] => {
  const kept = check.tags.filter((tag) => after.tags.includes(tag) || !before.tags.includes(tag));
  return [...new Set([...kept, ...after.tags.filter((tag) => !before.tags.includes(tag))])].sort();
};

type Follow = { before: Kept; after: Kept; locked: boolean };

/** What a check becomes when its template changes; or what is wrong with that in its container. */
const follow = async (
  context: Context<Services>,
  { row, kept }: Current,
  home: Home | undefined,
  { before, after, locked }: Follow,
): Promise<Kept | CheckProblem[]> => {
  const tagged = { ...kept, tags: retagged(kept, before, after) };
  if (!locked || home === undefined || row.container_id === null) return tagged;
  const wanted = followed(tagged, after);
  const { rule_type, fields, coverage, filter, properties, null_policy, anomaly_message_field } = wanted;
  const written = { rule_type, fields, coverage, filter, properties, null_policy, anomaly_message_field };
  const read = await tryReadContent(context.db, home, written, await seesOf(context));
  return "problems" in read ? read.problems : { ...wanted, ...read.content };
};

/** Passes a changed template on to its checks: all of them, or it is refused with the containers in which it does not fit. */
export const passOn = async (context: Context<Services>, templateId: number, change: Follow): Promise<void> => {
  const { db, principal } = context;
  const derived = await db.selectFrom("check").where("template_id", "=", templateId).orderBy("id").select(["id", "container_id"]).execute();
  const homes = await homesOf(
    db,
    derived.flatMap(({ container_id }) => container_id ?? []),
  );
  const problems: { container: string; problem: CheckProblem }[] = [];
  for (const { id, container_id } of derived) {
    const current = await lockCheck(db, id);
    const home = homes.get(container_id ?? 0);
    const next = await follow(context, current, home, change);
    if (Array.isArray(next)) problems.push(...next.map((problem) => ({ container: home?.container.name ?? "", problem })));
    else await saveCheck(db, current, next, principal.userId);
  }
  if (problems.length > 0)
    throw new Unusable(
      problems.map(({ container, problem: { path, info } }) => ({
        loc: ["body", ...path],
        msg: `in ${container}: ${info.what}: ${info.why}`,
        type: info.code,
      })),
      problems[0]?.problem.info ?? null,
    );
};

type Use = z.output<typeof TemplateUse>;

/** Makes the checks; answers their ids. The first container in which the template does not fit refuses all. */
export const useTemplate = async (
  context: Context<Services>,
  template: Current,
  { containers, fields, ...more }: Use,
): Promise<number[]> => {
  const ids: number[] = [];
  for (const [i, { container_id, fields: own }] of containers.entries()) {
    const wanted = { ...more, container_id, template_id: template.row.id, fields: own ?? fields };
    try {
      ids.push(await makeCheck(context, wanted, await homeOf(context, container_id), template));
    } catch (thrown) {
      if (!(thrown instanceof Unusable)) throw thrown;
      const places = thrown.places.map(({ loc, ...place }) => ({ ...place, loc: ["body", "containers", i, ...loc.slice(1)] }));
      throw new Unusable(places, thrown.info);
    }
  }
  return ids;
};
