/** A demo at work: each step is started, watched to its end, and told of while somebody looks on. */
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { nextStep } from "./steps.ts";

type Counters = Readonly<Record<string, number>>;

/** What became of the demo: a container that a step has finished, or the step. */
export type DemoNews =
  | { news: "container"; type: string; container: string; result: string; message: string | null; counters: Counters }
  | { news: "step"; type: string; result: string; message: string | null; counters: Counters; seconds: number };

export type TellDemo = (news: DemoNews) => void;

type Running = Pick<Services, "db" | "work" | "news">;

/** Between two looks, for what another process has done. */
const LOOK_MS = 500;

/** What the demo has started; what people start on its datastore is theirs. */
const stepsOf = (db: Database, datastoreId: number) =>
  db
    .selectFrom("operation")
    .where("datastore_id", "=", datastoreId)
    .where("user_id", "is", null)
    .where("schedule_id", "is", null)
    .select(["id", "type", "result"])
    .execute();

const startStep = ({ db, work }: Running, datastoreId: number, type: "sync" | "profile" | "scan"): Promise<number> =>
  db.transaction().execute((tx) => work.start(tx, { type, datastoreId, request: {}, userId: null, scheduleId: null }));

/** Tells of an operation until it is over, or the signal is aborted. */
const watch = async ({ db, news }: Running, id: number, tell: TellDemo, signal: AbortSignal): Promise<void> => {
  const told = new Set<string>();
  while (!signal.aborted) {
    const operation = await db.selectFrom("operation").where("id", "=", id).selectAll().executeTakeFirst();
    if (operation === undefined) return;
    const { type, started_at, finished_at } = operation;
    const containers = await db
      .selectFrom("operation_container")
      .where("operation_id", "=", id)
      .orderBy("finished_at")
      .orderBy("container")
      .selectAll()
      .execute();
    for (const { container, result, message, counters } of containers.filter((one) => !told.has(one.container))) {
      told.add(container);
      tell({ news: "container", type, container, result, message, counters });
    }
    if (finished_at !== null) {
      const seconds = (finished_at.getTime() - (started_at ?? finished_at).getTime()) / 1000;
      return tell({ news: "step", type, result: operation.result, message: operation.message, counters: operation.counters, seconds });
    }
    await news.wait(LOOK_MS, signal);
  }
};

/** Does what is left of a demo. What is left when the signal is aborted, a later start does. */
export const runDemo = async (
  running: Running,
  datastoreId: number,
  tell: TellDemo,
  signal: AbortSignal,
): Promise<"done" | "failed" | "interrupted"> => {
  while (!signal.aborted) {
    const next = nextStep(await stepsOf(running.db, datastoreId));
    if (next.step === "over") return next.done ? "done" : "failed";
    const id = next.step === "watch" ? next.id : await startStep(running, datastoreId, next.type);
    await watch(running, id, tell, signal);
  }
  return "interrupted";
};
