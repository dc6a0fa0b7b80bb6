/** Whether the namespace's quotas and limits leave the room that the cluster has. */
import { z } from "zod";
import { ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import { at, type Container, type Manifest } from "../kubernetes/manifest.ts";
import { readQuantity } from "../kubernetes/quantity.ts";
import { amountsIn, isOwn, isRunning, podAsks, type PodAsk } from "./amounts.ts";
import type { Check } from "./check.ts";

const ID = "quotas";

const Quantities = z.record(z.string(), z.unknown()).default({});
const Quota = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ hard: Quantities, scopes: z.array(z.string()).default([]), scopeSelector: z.unknown().optional() }).prefault({}),
  status: z.looseObject({ used: Quantities }).prefault({}),
});
const LimitRange = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ limits: z.array(z.looseObject({ type: z.string(), max: Quantities, min: Quantities, default: Quantities })) }),
});

type Uses = Readonly<Record<string, number>>;

const limitsOf = ({ resources }: Container) => amountsIn(resources.limits);

/** What pods count for, by the names that quotas have for it (kubernetes.io/docs/concepts/policy/resource-quotas). */
const usesOf = (asks: readonly PodAsk[]): Uses => {
  const uses: Record<string, number> = {};
  const add = (name: string, amount: number) => (uses[name] = (uses[name] ?? 0) + amount);
  for (const { count, each, template } of asks) {
    for (const [measure, amount] of Object.entries(each)) {
      add(`requests.${measure}`, amount * count);
      add(measure, amount * count);
    }
    for (const container of template?.spec.containers ?? [])
      for (const [measure, amount] of Object.entries(limitsOf(container))) add(`limits.${measure}`, amount * count);
    add("pods", count);
    add("count/pods", count);
  }
  return uses;
};

const claimsOf = (objects: readonly Manifest[]): Uses => {
  const claims = objects.filter(({ kind }) => kind === "PersistentVolumeClaim");
  const bytes = claims.map((claim) => readQuantity(at(claim, "spec", "resources", "requests", "storage")) ?? 0);
  return { persistentvolumeclaims: claims.length, "requests.storage": bytes.reduce((sum, one) => sum + one, 0) };
};

const sum = (a: Uses, b: Uses, sign = 1): Uses =>
  Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, (a[name] ?? 0) + sign * (b[name] ?? 0)]));

const shown = (name: string, amount: number): string =>
  /memory|storage/.test(name) ? `${Math.round(amount / 1e8) / 10} GB` : String(Math.round(amount * 10) / 10);

/** `asked` by everything that may run at once, `held` by what of it runs already. */
const quotaFindings = (manifest: Manifest, asked: Uses, held: Uses): Finding[] => {
  const { metadata, spec, status } = Quota.parse(manifest);
  if (spec.scopes.length > 0 || spec.scopeSelector !== undefined)
    return [unseen(ID, `ResourceQuota ${metadata.name} holds for some pods only (scopes): whether these are among them was not judged`)];
  const strange = Object.keys(spec.hard).filter((name) => asked[name] === undefined);
  const findings = Object.entries(spec.hard).flatMap(([name, limit]): Finding[] => {
    const needed = asked[name];
    if (needed === undefined) return [];
    const left = (readQuantity(limit) ?? 0) - (readQuantity(status.used[name] ?? 0) ?? 0) + (held[name] ?? 0);
    return needed <= left
      ? []
      : [
          problem(
            ID,
            `ResourceQuota ${metadata.name} leaves ${shown(name, Math.max(0, left))} of ${name}`,
            `${shown(name, needed)}, every replica and task at once`,
            "raise it, or choose a smaller size",
          ),
        ];
  });
  return strange.length === 0 ? findings : [...findings, unseen(ID, `ResourceQuota ${metadata.name} also limits ${strange.join(", ")}`)];
};

/** A quota on limits refuses containers that have none, unless a LimitRange gives them one. */
const missingLimits = (quotas: readonly Manifest[], ranges: readonly Manifest[], asks: readonly PodAsk[]): Finding[] => {
  const quota = quotas.map((one) => Quota.parse(one)).find(({ spec }) => "limits.cpu" in spec.hard);
  const isGiven = ranges.some((one) =>
    LimitRange.parse(one).spec.limits.some(({ type, default: usual }) => type === "Container" && "cpu" in usual),
  );
  const without = asks.find(({ template }) => template?.spec.containers.some(({ resources }) => !("cpu" in resources.limits)));
  return quota === undefined || isGiven || without === undefined
    ? []
    : [
        problem(
          ID,
          `ResourceQuota ${quota.metadata.name} wants limits.cpu of every container, and ${without.by} has none`,
          "a limit of processor time on each container",
          "give the namespace a LimitRange with a default for cpu, or say resources.limits.cpu in values",
        ),
      ];
};

const rangeFindings = (manifest: Manifest, asks: readonly PodAsk[]): Finding[] => {
  const { metadata, spec } = LimitRange.parse(manifest);
  const containers = asks.flatMap(({ by, template }) => (template?.spec.containers ?? []).map((container) => ({ by, container })));
  return spec.limits
    .filter(({ type }) => type === "Container")
    .flatMap(({ max, min, default: usual }) =>
      containers.flatMap(({ by, container: { resources } }): Finding[] =>
        ["cpu", "memory", "ephemeral-storage"].flatMap((measure): Finding[] => {
          const request = readQuantity(resources.requests[measure] ?? 0) ?? 0;
          const limit = readQuantity(resources.limits[measure] ?? usual[measure] ?? 0) ?? 0;
          const [most, least] = [readQuantity(max[measure]) ?? Infinity, readQuantity(min[measure]) ?? 0];
          const told = (why: string) => [
            problem(
              ID,
              `LimitRange ${metadata.name} ${why} for ${by}`,
              `${shown(measure, request)} of ${measure}`,
              "change it, or say resources in values of deployment.yaml",
            ),
          ];
          if (Math.max(request, limit) > most) return told(`takes at most ${shown(measure, most)} of ${measure}`);
          if (request < least) return told(`wants at least ${shown(measure, least)} of ${measure}`);
          return limit > 0 && limit < request ? told(`gives a limit of ${shown(measure, limit)} of ${measure}, below what is asked`) : [];
        }),
      ),
    );
};

export type QuotaFacts = {
  quotas: readonly Manifest[];
  ranges: readonly Manifest[];
  objects: readonly Manifest[];
  /** Pods and claims of the release that are there already. */
  own: readonly Manifest[];
};

export const judgeQuotas = ({ quotas, ranges, objects, own }: QuotaFacts): Finding[] => {
  const asks = podAsks(objects);
  const asked = sum(usesOf(asks), claimsOf(objects));
  const held = sum(usesOf(podAsks(own.filter(isRunning))), claimsOf(own));
  const findings = [
    ...quotas.flatMap((quota) => quotaFindings(quota, asked, held)),
    ...missingLimits(quotas, ranges, asks),
    ...ranges.flatMap((range) => rangeFindings(range, asks)),
  ];
  if (findings.length > 0) return findings;
  const names = [...quotas, ...ranges].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return [ok(ID, names.length === 0 ? "the namespace has none" : `${names.join(", ")} leave room enough`)];
};

export const quotas: Check = {
  id: ID,
  looks: "ResourceQuotas and LimitRanges of the namespace",
  needs: "room for every replica and task at once, and limits that each container keeps",
  look: async ({ site: { kubectl, deployment }, rendered, namespace, within }) => {
    if ((await namespace()) === null) return [ok(ID, "there is no namespace yet, and no quota")];
    const found = await within("resourcequotas,limitranges,persistentvolumeclaims,pods");
    const of = (kind: string) => found.filter((object) => object.kind === kind);
    const isOurs = (object: Manifest) => isOwn(object, kubectl.access.namespace, deployment.name);
    return judgeQuotas({
      quotas: of("ResourceQuota"),
      ranges: of("LimitRange"),
      objects: await rendered(),
      own: [...of("Pod"), ...of("PersistentVolumeClaim")].filter(isOurs),
    });
  },
};
