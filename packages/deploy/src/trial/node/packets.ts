/** Who reaches whom, by packets: connections that pods try, where a policy that is in the way lets them wait for ever. */
import { z } from "zod";
import type { Kubectl } from "../../cluster/kubectl.ts";

/** A connection within a machine takes a millisecond. */
const WAIT_MS = 2500;

export type Target = { host: string; port: number };

const script = (targets: Readonly<Record<string, Target>>): string => `
const { connect } = require("node:net");
const tried = ({ host, port }) => new Promise((resolve) => {
  const socket = connect({ host, port, timeout: ${WAIT_MS} });
  const end = (is) => { socket.destroy(); resolve(is); };
  socket.once("connect", () => end(true)).once("timeout", () => end(false)).once("error", () => end(false));
});
const all = Object.entries(${JSON.stringify(targets)}).map(async ([name, target]) => [name, await tried(target)]);
Promise.all(all).then((entries) => console.log(JSON.stringify(Object.fromEntries(entries))));
`;

/** Tries each from a container that has Node. */
export const reachedFrom = async (
  kubectl: Kubectl,
  namespace: string,
  pod: string,
  targets: Readonly<Record<string, Target>>,
): Promise<Record<string, boolean>> => {
  const node = ["/usr/local/bin/node", "--eval", script(targets)];
  const { status, stdout, stderr } = await kubectl.run(["exec", "--namespace", namespace, pod, "--", ...node]);
  if (status !== 0) throw new Error(`${pod}: ${stderr}`);
  return z.record(z.string(), z.boolean()).parse(JSON.parse(stdout));
};
