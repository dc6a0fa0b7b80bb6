/** The files' checks to the server: what was changed there and not here stays. */
import { userError } from "@touchstone/core/errors";
import { isSameCheck } from "@touchstone/core/rules/check-difference";
import { takeUid } from "@touchstone/core/rules/identity";
import { widened, writeBase } from "./base-file.ts";
import { keyOf, type Checks, type Item } from "./compare.ts";
import { withIdentity } from "./identify.ts";
import { writeFiles } from "./place.ts";
import { remoteChecks, replaceChecks, tryImport } from "./remote.ts";
import type { LocalCheck, Workspace } from "./workspace.ts";

/** What a push does, and what it leaves as it is. */
export type Plan = { sent: Item[]; retired: Item[]; left: Item[] };

/** Throws CHECKS_CONFLICT when both sides changed a check, unless the files' side is forced. Pure. */
export const planPush = (
  { items, local }: Pick<Workspace, "items" | "local">,
  { force, prune }: { force: boolean; prune: boolean },
): Plan => {
  const conflicts = items.filter(({ side }) => side === "both");
  if (conflicts.length > 0 && !force)
    throw userError(
      "CHECKS_CONFLICT",
      conflicts.length,
      "touchstone checks diff shows them; push --force overwrites the server's, pull --force those in the files",
    );
  const ours = items.filter(({ side }) => side === "files" || force);
  const sent = ours.filter(({ key }) => local.has(key));
  const retired = prune ? ours.filter(({ key }) => !local.has(key)) : [];
  const done = new Set([...sent, ...retired]);
  return { sent, retired, left: items.filter((item) => !done.has(item)) };
};

const placed = ({ files }: Workspace): Map<string, LocalCheck> =>
  new Map(files.flatMap(({ checks }) => checks.map((one) => [one.key, one] as const)));

const PROBLEMS_MAX = 20;

/** Lets the server look at what would be sent. Throws CHECKS_REFUSED with the places in the files. */
export const tryPush = async (workspace: Workspace, { sent }: Plan): Promise<void> => {
  const answers = await tryImport(workspace.client, workspace.scope, checksOf(workspace, sent));
  const places = placed(workspace);
  const refused = answers
    .flatMap(({ problems }, i) => {
      const { file = "", line = 0 } = places.get(sent[i]?.key ?? "") ?? {};
      return problems.length === 0 ? [] : [{ file, line, why: problems.map(({ msg }) => msg).join("; ") }];
    })
    .sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
    .map(({ file, line, why }) => `${file}:${line}: ${why}`);
  if (refused.length === 0) return;
  const more = refused.length > PROBLEMS_MAX ? [`and ${refused.length - PROBLEMS_MAX} more`] : [];
  throw userError("CHECKS_REFUSED", refused.length, [...refused.slice(0, PROBLEMS_MAX), ...more].join("\n"));
};

const checksOf = ({ local }: Workspace, items: readonly Item[]) => items.flatMap(({ key }) => local.get(key) ?? []);

/** Does what was planned, and writes down what both sides are now; answers the files that were written. */
export const push = async (workspace: Workspace, plan: Plan): Promise<string[]> => {
  const { client, scope } = workspace;
  const sent = plan.sent.flatMap(({ key }) => {
    const check = workspace.local.get(key);
    return check === undefined ? [] : [[key, check] as const];
  });
  const retired = plan.retired.map(({ key }) => key);
  const answers = await replaceChecks(client, scope, { sent, retired, forms: workspace.forms });
  const now = await remoteChecks(client, scope);
  /** Under which key the server keeps what was sent: it may have had to make another identity. */
  const keys = new Map(
    plan.sent.map(({ key, check }, i) => [key, keyOf(check.container, answers[i]?.uid ?? takeUid(check.additional_metadata).uid ?? "")]),
  );
  if (!workspace.isForeign) keepBase(workspace, plan, keys, now);
  return writeFiles(workspace.path, workspace.files, (one) => afterPush(one, keys.get(one.key), now), []);
};

/** A check that was sent is written as the server has it, where that is not what the file says. */
const afterPush = ({ key, own, check, isWritten }: LocalCheck, sentAs: string | undefined, now: Checks) => {
  const theirs = sentAs === undefined ? undefined : now.get(sentAs);
  if (theirs === undefined) return undefined;
  if (!isSameCheck(own, theirs)) return theirs;
  return isWritten && sentAs === key ? undefined : withIdentity(check, takeUid(theirs.additional_metadata).uid ?? "");
};

/** Both sides are as the server now is, but for what was left. */
const keepBase = (
  { path, client, datastore, scope, base, local, items }: Workspace,
  plan: Plan,
  keys: ReadonlyMap<string, string>,
  now: Checks,
): void => {
  const different = new Set(items.map(({ key }) => key));
  const agreed = [...local.keys()].filter((key) => !different.has(key));
  const checks = new Map(base?.checks);
  for (const { key } of [...plan.sent, ...plan.retired]) checks.delete(key);
  for (const key of [...agreed, ...keys.values()]) {
    const check = now.get(key);
    if (check !== undefined) checks.set(key, check);
  }
  writeBase(path, { server: client.server, datastore, containers: widened(base, scope.containers), checks });
};
