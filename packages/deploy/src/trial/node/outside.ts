/** What is outside of a trial cluster and answers whoever comes: the cloud's metadata service, and somebody elsewhere, at two ports each. */
import { METADATA_SERVICE, type Addresses } from "./addresses.ts";
import type { Running } from "../real/programs.ts";
import type { Sandbox } from "./sandbox.ts";

export const OUTSIDE_PORTS = [80, 443] as const;

const script = (hosts: readonly string[]): string => `
const { createServer } = require("node:net");
for (const host of ${JSON.stringify(hosts)})
  for (const port of ${JSON.stringify(OUTSIDE_PORTS)}) createServer((socket) => socket.end("here\\n")).listen(port, host);
`;

/** Answers until the rack is gone. */
export const startOutside = (rack: Sandbox, { elsewhere }: Addresses): Running =>
  rack.start(process.execPath, ["--eval", script([METADATA_SERVICE, elsewhere])]);
