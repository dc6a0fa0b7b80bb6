import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { openProbes } from "./dataplane-probes.ts";

test("it lives at once, is ready when the control plane knows it, and not any more when it is to end", async () => {
  const stop = new AbortController();
  const probes = await openProbes(0, stop.signal);
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${probes.port}${path}`)).status;
  const both = async () => [await ask("/livez"), await ask("/readyz")];
  assert.deepEqual(await both(), [200, 503]);
  probes.ready();
  assert.deepEqual(await both(), [200, 200]);
  assert.equal(await ask("/metrics"), 404);
  await assert.rejects(
    openProbes(probes.port, stop.signal),
    (thrown) => thrown instanceof UserError && thrown.info.code === "OPTION_INVALID",
  );
  stop.abort();
  assert.deepEqual(await both(), [200, 503]);
  await probes.close();
});
