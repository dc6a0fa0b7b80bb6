/** Requests under idempotency keys while the process that takes them is killed: sent again after a new start, each is done once. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { z } from "zod";
import { layStore } from "@touchstone/server/trial/store";
import { newGround, spawnTouchstone } from "./terminal-ground.ts";

const ground = newGround();
after(ground.remove);

const start = async () => {
  const running = spawnTouchstone(["start", "--data", ground.path("data"), "--port", "0", "--no-dataplane"]);
  const told = await new Promise<string>((resolve) => {
    let text = "";
    running.child.stdout?.on("data", (more: string) => {
      text += more;
      if (/answers at \S+.*\n/.test(text)) setTimeout(() => resolve(text), 200);
    });
  });
  return { ...running, url: /answers at (\S+)/.exec(told)?.[1] ?? "", code: /Set-up code: (\S+)/.exec(told)?.[1] ?? "" };
};

const TEAMS = 40;
/** Requests that have been answered when the process is killed: some are done and unanswered then, some under way, some not begun. */
const ANSWERED = [1, 15];

test("killed in the midst of forty requests, twice: there are forty teams in the end", async () => {
  await layStore(ground.path("data"));
  let running = await start();
  const first = { code: running.code, email: "ada@example.org", name: "Ada", password: "a long password" };
  const made = await fetch(`${running.url}/api/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(first),
  });
  const { token } = z.object({ token: z.string() }).parse(await made.json());
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const send = (url: string, n: number): Promise<Response> =>
    fetch(`${url}/api/teams`, {
      method: "POST",
      headers: { ...headers, "idempotency-key": `team-${n}` },
      body: JSON.stringify({ name: `team ${n}`, permission: "Viewer" }),
    });
  const all = Array.from({ length: TEAMS }, (_, n) => n);
  for (const limit of ANSWERED) {
    let answered = 0;
    const { child, url } = running;
    await Promise.allSettled(
      all.map(async (n) => {
        const { status } = await send(url, n);
        assert.equal(status, 201);
        if (++answered === limit) child.kill("SIGKILL");
      }),
    );
    await running.ended;
    running = await start();
  }
  const answers = await Promise.all(all.map((n) => send(running.url, n)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
  assert.ok(
    answers.some((answer) => answer.headers.has("idempotency-replayed")),
    "some were done before",
  );
  const teams = z
    .object({ items: z.array(z.object({ name: z.string() })) })
    .parse(await (await fetch(`${running.url}/api/teams?size=1000`, { headers })).json());
  const names = teams.items.map(({ name }) => name).filter((name) => name.startsWith("team "));
  assert.deepEqual(names.toSorted(), all.map((n) => `team ${n}`).toSorted());
  const { items } = z
    .object({ items: z.array(z.object({ event: z.string() })) })
    .parse(await (await fetch(`${running.url}/api/audit?size=1000`, { headers })).json());
  assert.equal(items.filter(({ event }) => event === "team.create").length, TEAMS);
  running.child.kill("SIGTERM");
  await running.ended;
});
