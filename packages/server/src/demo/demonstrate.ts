/** The demo of an installation from beginning to end: made at most once, its steps done, what it found told. */
import { z } from "zod";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { readSetting, writeSetting } from "../store/settings.ts";
import { demoFound, type DemoFound } from "./found.ts";
import { makeDemo, type DemoPlace } from "./make.ts";
import { runDemo, type TellDemo } from "./run.ts";

export type DemoOptions = {
  /** `auto` makes one only where nobody has begun to work yet. */
  wish: "auto" | "yes";
  /** Lays the files out; asked only when the demo is made. */
  place: () => Promise<DemoPlace>;
  /** Told before anything else, when there is something to do. */
  onBegin: (begun: "now" | "earlier") => void;
  tell: TellDemo;
  signal: AbortSignal;
};

/** What the installation remembers: which datastore its demo is, and whether nothing of it is left to do. */
const Demo = z.object({ datastore_id: z.number(), over: z.boolean().default(false) });
type Demo = z.infer<typeof Demo>;

const readDemo = async (db: Database): Promise<Demo | null> => Demo.safeParse(await readSetting(db, "demo")).data ?? null;

const exists = async (db: Database, datastoreId: number): Promise<boolean> =>
  (await db.selectFrom("datastore").where("id", "=", datastoreId).select("id").executeTakeFirst()) !== undefined;

/** Whether nobody has begun to work here. */
const isFresh = async (db: Database): Promise<boolean> => {
  const datastore = await db.selectFrom("datastore").select("id").limit(1).executeTakeFirst();
  const administrator = await db.selectFrom("user").where("role", "=", "Admin").select("id").limit(1).executeTakeFirst();
  return datastore === undefined && administrator === undefined;
};

type Demonstrating = Pick<Services, "db" | "work" | "news" | "ring">;

/** The datastore of a demo with something left to do; it is made when it is due. Null when nothing is. */
const datastoreOf = async ({ db, ring }: Demonstrating, { wish, place, onBegin }: DemoOptions): Promise<number | null> => {
  const known = await readDemo(db);
  if (known !== null) {
    if (known.over || !(await exists(db, known.datastore_id))) return null;
    onBegin("earlier");
    return known.datastore_id;
  }
  if (wish === "auto" && !(await isFresh(db))) return null;
  onBegin("now");
  return makeDemo(db, ring, await place());
};

/**
 * What the demo has found, when all of it is done. Null when none is due, it was over before, or it did not come to its end: then
 * the next start goes on with it, unless it went wrong. Throws OBJECT_EXISTS when its name is taken.
 */
export const demonstrate = async (services: Demonstrating, options: DemoOptions): Promise<DemoFound | null> => {
  const { tell, signal } = options;
  const id = await datastoreOf(services, options);
  if (id === null) return null;
  const end = await runDemo(services, id, tell, signal);
  if (end === "interrupted") return null;
  await writeSetting(services.db, "demo", { datastore_id: id, over: true } satisfies Demo);
  return end === "done" ? demoFound(services.db, id) : null;
};
