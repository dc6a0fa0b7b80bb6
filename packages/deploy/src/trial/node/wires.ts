/** The network between the machines of a trial cluster: a bridge in the rack, a wire from it to each node, and one to this machine. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { METADATA_SERVICE, type Addresses } from "./addresses.ts";
import type { Sandbox } from "./sandbox.ts";

const run = promisify(execFile);

const BRIDGE = "rack0";
const WIRE = "eth0";

/** Network commands in the rack that know processes as this machine does. */
const inRack = (rack: Sandbox, ...args: string[]): Promise<unknown> =>
  run("nsenter", ["--target", String(rack.pid), "--net", "ip", ...args]);

const IP = "ip";

/** The rack's own addresses: the store's and the server's, a datastore's, somebody's elsewhere, and the cloud's metadata service. */
export const wireRack = async (rack: Sandbox, addresses: Addresses, hostEnd: string): Promise<void> => {
  await rack.run(IP, "link", "add", BRIDGE, "type", "bridge");
  for (const address of [addresses.rack, addresses.datastore]) await rack.run(IP, "address", "add", `${address}/24`, "dev", BRIDGE);
  for (const address of [addresses.elsewhere, METADATA_SERVICE]) await rack.run(IP, "address", "add", `${address}/32`, "dev", BRIDGE);
  await rack.run(IP, "link", "set", BRIDGE, "up");
  // This machine's end is gone with the rack.
  await run(IP, ["link", "add", hostEnd, "type", "veth", "peer", "name", "host0", "netns", String(rack.pid)]);
  await rack.run(IP, "link", "set", "host0", "master", BRIDGE, "up");
  await run(IP, ["address", "add", `${addresses.host}/24`, "dev", hostEnd]);
  await run(IP, ["link", "set", hostEnd, "up"]);
};

/** Gives each node its address, and everybody the way to its pods. */
export const wireNodes = async (rack: Sandbox, nodes: readonly Sandbox[], addresses: Addresses): Promise<void> => {
  for (const [index, node] of nodes.entries()) {
    const port = `node${index}`;
    await inRack(rack, "link", "add", port, "type", "veth", "peer", "name", WIRE, "netns", String(node.pid));
    await rack.run(IP, "link", "set", port, "master", BRIDGE, "up");
    await node.run(IP, "address", "add", `${addresses.node(index)}/24`, "dev", WIRE);
    await node.run(IP, "link", "set", WIRE, "up");
    await node.run(IP, "route", "add", "default", "via", addresses.rack);
  }
  for (const index of nodes.keys())
    for (const other of [rack, ...nodes.filter((_, at) => at !== index)])
      await other.run(IP, "route", "add", addresses.pods(index), "via", addresses.node(index));
};
