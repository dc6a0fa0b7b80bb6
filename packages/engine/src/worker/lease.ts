/** One piece of work under its lease: heartbeats beside it, results as they come, and a last word. */
import { z } from "zod";
import { toErrorInfo, UserError, userError } from "@touchstone/core/errors";
import { ExportPage, WorkContainer, type OperationSpec, type QuestionSpec, type WorkItem } from "@touchstone/core/model/dataplane";
import { UNTRACED, type Span, type SpanAsked } from "@touchstone/core/tracing";
import type { Welcome } from "@touchstone/core/routes/dataplanes";
import { exchange, Refused } from "./client.ts";
import { executeOperation } from "./execute.ts";
import type { DataplaneOptions } from "./loop.ts";
import type { Lease } from "./operation.ts";
import { answerQuestion } from "./questions.ts";
import { sealAnswer } from "./seal-answer.ts";

type Tenure = { token: string; welcome: Welcome; stop: AbortSignal };

/** Why work was stopped. */
type Stop = "asked" | "drained" | "lost" | "revoked";

/** Between two messages about how far the work is. */
const STEP_MS = 2_000;

const Told = z.object({ abort: z.boolean() });
const Opened = z.object({ container: WorkContainer.nullable() });
const Stored = z.object({ stored: z.number(), abort: z.boolean().default(false) });
const Sent = z.object({ sealed: z.string().nullable(), gone: z.boolean() });
const Nothing = z.unknown();

/** What is said under the lease, and the signal that it has ended. */
type Holding = {
  say: <T>(verb: string, body: object, output: z.ZodType<T>, persistMs?: number) => Promise<T>;
  stopped: () => Stop | null;
  stopFor: (reason: Stop) => void;
  signal: AbortSignal;
  leaseMs: number;
};

const hold = ({ id, fence }: WorkItem, { send }: DataplaneOptions, { token, welcome, stop }: Tenure): Holding => {
  const ending = new AbortController();
  let reason: Stop | null = null;
  const stopFor = (why: Stop): void => {
    reason ??= why;
    ending.abort();
  };
  if (stop.aborted) stopFor("drained");
  stop.addEventListener("abort", () => stopFor("drained"), { once: true, signal: ending.signal });
  return {
    signal: ending.signal,
    stopFor,
    stopped: () => reason,
    leaseMs: welcome.lease_ms,
    say: async (verb, body, output, persistMs = welcome.lease_ms) => {
      try {
        return await exchange(send, `/dataplane/work/${id}/${verb}`, { fence, ...body }, output, { token, persistMs });
      } catch (thrown) {
        if (thrown instanceof Refused) stopFor(thrown.reason === "revoked" ? "revoked" : "lost");
        throw thrown;
      }
    },
  };
};

type Step = Parameters<Lease["step"]>[0];

/** Heartbeats until the work ends; what is told of steps goes with them. Without an answer for the time of a lease, the lease is lost. */
const heartbeat = (holding: Holding, everyMs: number) => {
  let heard = performance.now();
  let latest: Step | null = null;
  let told = 0;
  let beating: Promise<void> | null = null;
  const beat = async (): Promise<void> => {
    told = performance.now();
    try {
      const { abort } = await holding.say("progress", { step: latest }, Told, 0);
      heard = performance.now();
      if (abort) holding.stopFor("asked");
    } catch {
      if (performance.now() - heard > holding.leaseMs) holding.stopFor("lost");
    }
  };
  const send = (): void => void (beating ??= beat().finally(() => (beating = null)));
  const timer = setInterval(send, everyMs);
  return {
    step: (step: Step): void => {
      latest = step;
      if (performance.now() - told > STEP_MS) send();
    },
    end: async (): Promise<void> => {
      clearInterval(timer);
      await beating;
    },
  };
};

/** What is told of a piece of work: its kind and its numbers, no name and no value. */
const spanOf = ({ spec, trace }: WorkItem): SpanAsked => {
  const isOperation = spec.kind === "operation";
  const what = isOperation ? spec.operation.type : spec.question;
  return {
    name: `${spec.kind} ${what}`,
    kind: "consumer",
    attributes: {
      "touchstone.work": `${spec.kind} ${what}`,
      ...(isOperation ? { "touchstone.operation.id": spec.operation.id, "touchstone.containers": spec.containers.length } : {}),
    },
    metric: { name: "touchstone.work.duration", by: ["touchstone.work", "touchstone.ended", "error.type"] },
    parent: trace,
  };
};

/** Does a piece of work. Throws Refused when the dataplane was revoked. */
export const workOn = (item: WorkItem, options: DataplaneOptions, tenure: Tenure): Promise<void> =>
  (options.tracing ?? UNTRACED).within(spanOf(item), (span) => workWithin(span, item, options, tenure));

const workWithin = async (span: Span, item: WorkItem, options: DataplaneOptions, tenure: Tenure): Promise<void> => {
  const holding = hold(item, options, tenure);
  const beats = heartbeat(holding, tenure.welcome.heartbeat_ms);
  let lastWord: LastWord | null;
  try {
    lastWord = await done(item, holding, beats.step, options);
  } finally {
    await beats.end();
  }
  const reason = holding.stopped();
  span.set({ "touchstone.ended": lastWord?.verb ?? reason ?? "silent" });
  if (lastWord?.verb === "fail") span.fail(lastWord.code ?? "INTERNAL");
  options.onNote?.({ note: "work ended", detail: { id: item.id, kind: item.spec.kind, ended: lastWord?.verb ?? reason } });
  if (reason === "revoked") throw new Refused("revoked");
  if (lastWord === null) return;
  try {
    await holding.say(lastWord.verb, lastWord.body, Nothing);
  } catch (thrown) {
    if (thrown instanceof Refused && thrown.reason === "revoked") throw thrown;
    // The lease was lost, or nobody answers: the work will be given to another, who finds what was stored.
    options.onNote?.({ note: "last word not heard", detail: { id: item.id, verb: lastWord.verb } });
  }
};

type LastWord = { verb: "complete" | "fail" | "release" | "answer"; body: object; code?: string };

/** Runs the work; answers what is to be said at its end, null when nothing is. */
const done = async (item: WorkItem, holding: Holding, step: Lease["step"], options: DataplaneOptions): Promise<LastWord | null> => {
  try {
    return item.spec.kind === "operation" ? await operate(item.spec, holding, step, options) : await answer(item.spec, holding, options);
  } catch (thrown) {
    switch (holding.stopped()) {
      case "asked":
        return item.spec.kind === "operation" ? { verb: "complete", body: { aborted: true } } : { verb: "release", body: {} };
      case "drained":
        return { verb: "release", body: {} };
      case "lost":
      case "revoked":
        return null;
      case null: {
        const error = toErrorInfo(thrown instanceof UserError ? thrown : userError("INTERNAL", String(thrown)));
        return { verb: "fail", body: { error }, code: error.code };
      }
    }
  }
};

const operate = async (
  spec: OperationSpec,
  { say, stopFor, signal }: Holding,
  step: Lease["step"],
  { settings = {} }: DataplaneOptions,
): Promise<LastWord> => {
  const lease: Lease = {
    open: async (containerId) => (await say("open", { container_id: containerId }, Opened)).container,
    export: (after) => say("export", { after }, ExportPage),
    rows: (publicKey) => say("rows", { public_key: publicKey }, Sent),
    step,
    total: async (containers) => void (await say("progress", { total_containers: containers }, Told)),
    store: async (results) => {
      if ((await say("results", { results }, Stored)).abort) stopFor("asked");
    },
    signal,
  };
  if (spec.operation.type !== "sync" && spec.operation.type !== "export") await lease.total(spec.containers.length);
  await executeOperation(spec, lease, settings);
  return { verb: "complete", body: {} };
};

const answer = async (spec: QuestionSpec, { signal }: Holding, { settings = {} }: DataplaneOptions): Promise<LastWord> => ({
  verb: "answer",
  body: { sealed: sealAnswer(await answerQuestion(spec, settings, signal), spec.public_key, spec.id) },
});
