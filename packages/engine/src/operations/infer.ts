/** Inference: from a container and its profile to the checks its data proposes, each with its evidence. */
import { setImmediate } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import type { QualityCheck } from "@touchstone/core/model/check";
import type { OnEvent } from "@touchstone/core/model/operation";
import type { Profile } from "@touchstone/core/model/profile";
import type { Datastore, Relation } from "../connectors/connector.ts";
import { ALERT_BUDGET_DEFAULT, overBudget } from "../infer/alerts.ts";
import { divide, testKind, type Divided, type Tested } from "../infer/backtest.ts";
import { drawSample } from "../infer/draw.ts";
import { checkOf } from "../infer/evidence.ts";
import { INFERENCES } from "../infer/index.ts";
import { inferReferences } from "../infer/references.ts";
import { LEVEL_DEFAULT, type Level } from "../infer/level.ts";

export type InferOptions = {
  /** Start of the operation, ISO 8601 UTC. */
  now: string;
  /** How much may be claimed: 0 nothing to 5 everything; 2 when absent. */
  level?: Level | undefined;
  /** False alarms a month that the checks of a container may be expected to raise (alerts.ts); the noisiest beyond are drafts. */
  alertBudget?: number | undefined;
  /** Containers of the datastore, to whose keys fields may refer; no references are looked for where it is absent. */
  catalogue?: readonly Container[] | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: OnEvent | undefined;
};

/** From here on other containers are looked at. */
const REFERENCES_LEVEL: Level = 2;

/**
 * The checks that the data of a container proposes. Candidates are fitted to two thirds of a sample and kept when they hold on
 * the rest; the same data gives the same checks. Throws ABORTED, and what the engine fails with.
 */
export const inferChecks = async (
  datastore: Datastore,
  container: Container,
  relation: Relation,
  profile: Profile,
  options: InferOptions,
): Promise<QualityCheck[]> => {
  const level = options.level ?? LEVEL_DEFAULT;
  if (level === 0) return [];
  const tell = (fraction: number) => options.onEvent?.({ event: "progress", container: container.name, phase: "infer", fraction });
  const sample = await drawSample(datastore, container, relation, profile, options);
  if (sample === null) return [];
  const divided = divide(sample);
  const found = await testInTurns(divided, level, (fraction) => tell((1 + fraction) / 2), options.signal);
  const { catalogue } = options;
  if (catalogue !== undefined && level >= REFERENCES_LEVEL)
    found.push(...(await inferReferences(datastore, divided, level, { ...options, catalogue })));
  const over = overBudget(found, options.alertBudget ?? ALERT_BUDGET_DEFAULT);
  return found.map((f) => checkOf(f, sample, over.has(f)));
};

/** Tests kind after kind, and lets others have a turn in between: events are told, and an abort is heard. */
const testInTurns = async (
  divided: Divided,
  level: Level,
  tell: (fraction: number) => void,
  signal: AbortSignal | undefined,
): Promise<Tested[]> => {
  const kinds = INFERENCES.filter((kind) => kind.level <= level);
  const found: Tested[] = [];
  for (const [i, kind] of kinds.entries()) {
    if (signal?.aborted) throw userError("ABORTED");
    found.push(...testKind(kind, divided).filter((t) => t.level <= level));
    tell((i + 1) / kinds.length);
    await setImmediate();
  }
  return found;
};
