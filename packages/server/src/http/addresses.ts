/** Lists of addresses as settings write them: single ones and networks, of both families. */
import { BlockList, isIP } from "node:net";

const BITS = { 4: 32, 6: 128 } as const;
const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 4 ? "ipv4" : "ipv6");

/** An address without its zone, and an IPv4 one that came as `::ffff:…` as itself. */
export const plainAddress = (address: string): string => {
  const [bare = ""] = address.split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped ?? bare;
};

export type Network = { address: string; bits: number };

/** `10.0.0.0/8`, `::1`; null for what is neither an address nor a network. */
export const readNetwork = (text: string): Network | null => {
  const [address = "", bits, ...rest] = text.trim().split("/");
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || rest.length > 0) return null;
  const most = BITS[version];
  if (bits === undefined) return { address, bits: most };
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? { address, bits: Number(bits) } : null;
};

/** Whether an address is in one of the networks. */
export const inNetworks = (networks: readonly Network[]): ((address: string) => boolean) => {
  const list = new BlockList();
  for (const { address, bits } of networks) list.addSubnet(address, bits, family(address));
  return (address) => {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && list.check(plain, family(plain));
  };
};
