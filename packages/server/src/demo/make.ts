/** The datastore to look at that a new installation makes: files of real data, and beside it a folder for its evidence. */
import { writeAudit } from "../auth/audit.ts";
import type { KeyRing } from "../auth/seal.ts";
import { insertConnection } from "../store/connections.ts";
import type { Database } from "../store/database.ts";
import { publicTeams, setTeamsOfDatastore } from "../store/datastores.ts";
import { unlessTaken } from "../store/found.ts";
import { writeSetting } from "../store/settings.ts";

export type DemoPlace = {
  /** Absolute paths of the folder of data files, and of the one in which evidence is kept. */
  files: string;
  evidence: string;
  /** The only dataplane that can read them; null where any may. */
  dataplane: string | null;
};

export const DEMO_NAME = "demo";
const EVIDENCE_NAME = "demo evidence";

type NewDatastore = { name: string; folder: string; dataplane: string | null; enrichmentId: number | null };

const insertDatastore = async (db: Database, ring: KeyRing, { name, folder, dataplane, enrichmentId }: NewDatastore): Promise<number> => {
  const connection_id = await insertConnection(db, ring, { name, type: "files", uri: folder });
  const row = {
    name,
    connection_id,
    root_path: "/",
    database: null,
    schema: null,
    enrichment_id: enrichmentId,
    enrichment_only: name === EVIDENCE_NAME,
    enrichment_prefix: `_${DEMO_NAME}`,
    dataplane,
    additional_metadata: JSON.stringify({}),
  };
  const made = db.insertInto("datastore").values(row).returning("id").executeTakeFirstOrThrow();
  const { id } = await unlessTaken("datastore_name", "datastore", name, made);
  await setTeamsOfDatastore(db, id, await publicTeams(db));
  return id;
};

/**
 * Makes the demo and answers its datastore's id; null when this installation has made one before. There may be no administrator yet:
 * the first one sees it as they see everything, and the public team holds it, so that everybody else sees it too.
 * Throws OBJECT_EXISTS when somebody has a datastore of that name.
 */
export const makeDemo = (db: Database, ring: KeyRing, { files, evidence, dataplane }: DemoPlace): Promise<number | null> =>
  db.transaction().execute(async (tx) => {
    // Replicas that start together wait here for the first of them.
    const isFirst = await tx
      .insertInto("setting")
      .values({ name: "demo", value: JSON.stringify({}) })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .returning("name")
      .executeTakeFirst();
    if (isFirst === undefined) return null;
    const enrichmentId = await insertDatastore(tx, ring, { name: EVIDENCE_NAME, folder: evidence, dataplane, enrichmentId: null });
    const id = await insertDatastore(tx, ring, { name: DEMO_NAME, folder: files, dataplane, enrichmentId });
    await writeSetting(tx, "demo", { datastore_id: id });
    await writeAudit(tx, { event: "demo.create", principal: null, object: id, requestId: "start" });
    return id;
  });
