/**
 * kill -9 of the control plane and of a dataplane, as processes of their own, at each step of a sync, a profile and a scan. The measure is a
 * datastore of the same data that nothing happened to: what there is afterwards is the same, row by row counted.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { serverBinaries, startServer, type TestServer } from "@touchstone/engine/enrichment/postgres-ground";
import { openStore, type Store } from "@touchstone/server/store/database";
import { layStore } from "@touchstone/server/trial/store";
import { openQueue, type Queue } from "@touchstone/server/work/queue";
import { loseLeases } from "@touchstone/server/work/simulation";
import { evidenceOf, factsOf } from "./service/facts.ts";
import { openService, openWorker, type Service, type Worker } from "./service/processes.ts";
import { openWire, type Cut, type Wire } from "./service/wire.ts";

const binaries = serverBinaries();
const END_MS_MAX = 60_000;

type Place = {
  folder: string;
  service: Service;
  wire: Wire;
  worker: Worker;
  ask: (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;
};

const First = z.object({ token: z.string() });

/** A control plane with its first administrator, and a dataplane that speaks to it over a line. */
const openPlace = async (databaseUrl: string | null): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-kill-"));
  if (databaseUrl === null) await layStore(join(folder, "data"));
  const service = await openService(folder, databaseUrl);
  let token: string | null = null;
  const ask: Place["ask"] = async (method, path, body) => {
    const response = await fetch(`${service.url()}/api${path}`, {
      method,
      headers: { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const first = { code: service.setupCode(), email: "a@example.org", name: "A", password: "correct horse battery" };
  token = First.parse(await ask("POST", "/setup", first)).token;
  const wire = await openWire(service.url);
  const { code } = await ask("POST", "/dataplanes", { name: "apart" });
  return { folder, service, wire, worker: openWorker(folder, wire.url, String(code)), ask };
};

const closePlace = async ({ folder, service, wire, worker }: Place): Promise<void> => {
  await worker.stop();
  await wire.stop();
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
};

const CONTAINERS = 4;
const ROWS = 60;

/** Files of shapes that differ, so that each is a container; some names are missing. */
const writeFiles = (folder: string): void => {
  mkdirSync(folder);
  for (let i = 0; i < CONTAINERS; i++) {
    const rows = Array.from({ length: ROWS }, (_, n) => `${n},${n % 20 === i ? "" : `name ${n}`},${n * (i + 1)}`);
    writeFileSync(join(folder, `${"abcd"[i]}.csv`), [`id,name_${i},amount_${i}`, ...rows, ""].join("\n"));
  }
};

const idOf = (made: Record<string, unknown>): number => z.number().parse(made["id"]);

const addDatastore = async ({ folder, ask }: Place, name: string, enrichmentId: number | null): Promise<number> => {
  writeFiles(join(folder, name));
  const connection = await ask("POST", "/connections", { name, type: "files", uri: join(folder, name) });
  const datastore = { name, connection_id: idOf(connection), root_path: "/", enrichment_prefix: `_${name}`, trigger_sync: false };
  const id = idOf(await ask("POST", "/datastores", datastore));
  if (enrichmentId !== null) await ask("PATCH", `/datastores/${id}/enrichment/${enrichmentId}`);
  return id;
};

const begin = async ({ ask }: Place, type: string, datastoreId: number): Promise<number> =>
  idOf(await ask("POST", "/operations/run", { type, datastore_id: datastoreId }));

const ended = async ({ ask, service, worker }: Place, id: number): Promise<void> => {
  for (const started = Date.now(); Date.now() - started < END_MS_MAX; await sleep(100))
    if ((await ask("GET", `/operations/${id}`))["end_time"] !== null) return;
  assert.fail(`operation ${id} did not end\n${service.logs()}\n${worker.logs()}`);
};

const addChecks = async ({ ask }: Place, datastoreId: number): Promise<void> => {
  const { items } = z
    .object({ items: z.array(z.object({ id: z.number(), name: z.string() })) })
    .parse(await ask("GET", `/containers?datastore=${datastoreId}`));
  for (const { id, name } of items)
    await ask("POST", "/quality-checks", {
      container_id: id,
      rule: "minLength",
      fields: [`name_${"abcd".indexOf(name)}`],
      properties: { value: 7 },
    });
};

/** What is done when the line is cut at a step: somebody dies and comes back. */
type Blow = (cut: Cut) => Promise<void>;

/** Does an operation while it meets all these cuts, one after the other; answers when it is over. */
const through = async (place: Place, type: string, datastoreId: number, cuts: readonly Cut[], blow: Blow): Promise<void> => {
  const [first, ...others] = cuts;
  const met: Cut[] = [];
  const meet = (cut: Cut): Promise<void> => place.wire.cut(cut, () => blow(cut)).then(() => void met.push(cut));
  let waiting = first === undefined ? Promise.resolve() : meet(first);
  const id = await begin(place, type, datastoreId);
  for (const cut of others) {
    await within(waiting, `${type} came to ${JSON.stringify(cuts[met.length])}`, place);
    waiting = meet(cut);
  }
  await within(waiting, `${type} came to its last step`, place);
  await ended(place, id);
  assert.deepEqual(met, cuts);
};

const within = async (work: Promise<void>, what: string, { service, worker }: Place): Promise<void> => {
  const late = sleep(END_MS_MAX, "late", { ref: false });
  if ((await Promise.race([work, late])) === "late") assert.fail(`waited in vain until ${what}\n${service.logs()}\n${worker.logs()}`);
};

const CLAIMED: Cut = { message: "claim", when: "after" };
const ENDING: Cut[] = [
  { message: "complete", when: "before" },
  { message: "complete", when: "after" },
];
const WRITING: Cut[] = [
  { message: "results", when: "half" },
  { message: "results", when: "before" },
  { message: "results", when: "after" },
];
const WORKING: Cut[] = [
  { message: "progress", when: "before" },
  { message: "open", when: "after" },
];

/** The steps of an operation; a sync opens nothing, and is over before it has anything to say of its progress. */
const earlySteps = (type: string): Cut[] => [CLAIMED, ...(type === "sync" ? [] : WORKING), WRITING[0]!];
const lateSteps = (): Cut[] => [...WRITING.slice(1), ...ENDING];
const allSteps = (type: string): Cut[] => [...earlySteps(type), ...lateSteps()];

const TYPES = ["sync", "profile", "scan"] as const;

/** All operations of a datastore; checks are added between, as people would. */
const walk = async (place: Place, datastoreId: number, each: (type: (typeof TYPES)[number]) => Promise<void>): Promise<void> => {
  for (const type of TYPES) {
    if (type === "scan") await addChecks(place, datastoreId);
    await each(type);
  }
};

const calmly = (place: Place, datastoreId: number) =>
  walk(place, datastoreId, async (type) => ended(place, await begin(place, type, datastoreId)));

if (binaries === null) test("kill -9 over a Postgres server", { skip: "no Postgres server is installed here" });
else {
  let server: TestServer;
  let store: Store;
  let queue: Queue;
  let place: Place;
  let enrichmentId: number;
  before(async () => {
    server = await startServer(binaries);
    place = await openPlace(server.url());
    store = await openStore({ url: server.url(), folder: "" });
    queue = await openQueue(store, () => undefined);
    await server.admin((client) => client.query("CREATE SCHEMA evidence"));
    const { port } = new URL(server.url());
    const settings = { host: "127.0.0.1", port: Number(port), username: "admin", parameters: { sslmode: "disable" } };
    const connection = await place.ask("POST", "/connections", { name: "evidence", type: "postgresql", ...settings });
    const target = {
      connection_id: idOf(connection),
      database: "postgres",
      schema: "evidence",
      enrichment_only: true,
      trigger_sync: false,
    };
    enrichmentId = idOf(await place.ask("POST", "/datastores", { name: "evidence", ...target }));
  });
  after(async () => {
    await queue.close();
    await store.close();
    await closePlace(place);
    await server.stop();
  });

  const factsAbout = async (datastoreId: number, name: string) => ({
    facts: await factsOf(store.db, datastoreId),
    evidence: await evidenceOf(store.db, "evidence", `_${name}`),
  });

  /** Work that nobody holds any more is waited for by nobody here: its lease ends now. */
  const forget = () => loseLeases({ store, services: { queue } });

  const dataplaneDies: Blow = async () => {
    await place.worker.kill();
    await forget();
    place.worker.start();
  };

  const serverDies: Blow = async ({ message }) => {
    await place.service.kill();
    if (message === "claim") await forget();
    await place.service.start();
  };

  test("the control plane and a dataplane are killed in turn at each step: each operation ends once, nothing is lost, nothing is there twice", async () => {
    const calm = await addDatastore(place, "calm", enrichmentId);
    await calmly(place, calm);
    const expected = await factsAbout(calm, "calm");
    assert.match(String(expected.facts["anomalies"]), /^[1-9]/);
    assert.ok(Object.keys(expected.evidence).length > 0);
    // Work that is lost six times is given up, so a dataplane dies on the way of one datastore's operations and towards the end of another's.
    const deaths: readonly [name: string, steps: (type: string) => Cut[], blow: Blow][] = [
      ["server_dies", allSteps, serverDies],
      ["dataplane_dies_early", earlySteps, dataplaneDies],
      ["dataplane_dies_late", lateSteps, dataplaneDies],
    ];
    for (const [name, steps, blow] of deaths) {
      const id = await addDatastore(place, name, enrichmentId);
      await walk(place, id, (type) => through(place, type, id, steps(type), blow));
      assert.deepEqual(await factsAbout(id, name), expected, name);
    }
    const unexpected = place.service
      .logs()
      .split("\n")
      .filter((line) => line.includes("nobody expected"));
    assert.deepEqual(unexpected, []);
  });
}

test("the control plane is killed over its embedded store: what it had said is stored, is stored", async () => {
  const own = await openPlace(null);
  const calm = await addDatastore(own, "calm", null);
  await calmly(own, calm);
  const id = await addDatastore(own, "server_dies", null);
  const blow: Blow = async () => {
    await own.service.kill();
    await own.service.start();
  };
  const steps: Readonly<Record<string, Cut[]>> = {
    sync: [WRITING[2]!],
    profile: [WRITING[0]!, ENDING[1]!],
    scan: [WRITING[2]!, ENDING[0]!],
  };
  await walk(own, id, (type) => through(own, type, id, steps[type]!, blow));
  await own.worker.stop();
  await own.service.stop();
  const kept = await openStore({ url: null, folder: join(own.folder, "data") });
  assert.deepEqual(await factsOf(kept.db, id), await factsOf(kept.db, calm));
  await kept.close();
  await own.wire.stop();
  rmSync(own.folder, { recursive: true, force: true });
});
