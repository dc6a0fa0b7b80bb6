/** Addresses and networks of IPv4 and IPv6 (node:net reads them; how wide they are is asked here). */
import { BlockList, isIPv4 } from "node:net";

const read = (cidr: string): { address: string; bits: number; family: "ipv4" | "ipv6" } => {
  const [address = "", bits = ""] = cidr.split("/");
  return { address, bits: Number(bits), family: isIPv4(address) ? "ipv4" : "ipv6" };
};

/** Whether the inner network lies in the outer one. */
export const contains = (outer: string, inner: string): boolean => {
  const [o, i] = [read(outer), read(inner)];
  if (o.family !== i.family || i.bits < o.bits) return false;
  const list = new BlockList();
  list.addSubnet(o.address, o.bits, o.family);
  return list.check(i.address, i.family);
};
