import assert from "node:assert/strict";
import { test } from "node:test";
import { podKubeconfig } from "./pod-access.ts";

const POD = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
const CASES: readonly { what: string; env: NodeJS.ProcessEnv; token: boolean; server: string | null }[] = [
  { what: "a pod", env: POD, token: true, server: "https://10.96.0.1:443" },
  {
    what: "a pod of a cluster with IPv6",
    env: { ...POD, KUBERNETES_SERVICE_HOST: "fd00::1" },
    token: true,
    server: "https://[fd00::1]:443",
  },
  { what: "a pod without a token", env: POD, token: false, server: null },
  { what: "a laptop", env: {}, token: false, server: null },
  { what: "a laptop with a folder of that name", env: {}, token: true, server: null },
];
for (const { what, env, token, server } of CASES)
  test(`${what}: ${server ?? "none"}`, () => {
    const text = podKubeconfig(env, () => token);
    assert.equal(text === null ? null : /server: (\S+)/.exec(text)?.[1], server);
    if (text !== null) assert.match(text, /tokenFile: \/var\/run\/secrets\/kubernetes\.io\/serviceaccount\/token/);
  });
