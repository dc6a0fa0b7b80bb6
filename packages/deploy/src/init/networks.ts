/** Networks and datastores as somebody writes them on one line. */
import { isIPv4 } from "node:net";
import { z } from "zod";
import { Name, Port } from "../deployment/deployment.ts";

/** Below this a network covers so much that it holds the addresses at which clouds tell machines who they are; the chart refuses it. */
const BITS_MIN = 8;
const BITS_MAX = 32;

/** Why a text is no network; null where it is one that the chart takes. */
export const networkRefusal = (text: string): string | null => {
  const [, address = "", bits = ""] = /^([0-9.]+)\/([0-9]{1,2})$/.exec(text) ?? [];
  if (!isIPv4(address) || Number(bits) > BITS_MAX) return `${text} is not a network such as 10.20.0.0/16`;
  if (text === "0.0.0.0/0") return null;
  if (Number(bits) < BITS_MIN || /^169\.(254\.|\d+\.\d+\.\d+\/([89]|1[0-5])$)/.test(text))
    return `${text} covers addresses at which clouds tell machines who they are: name smaller networks, or 0.0.0.0/0, from which these are left out`;
  return null;
};

const words = (text: string, separator: string | RegExp): string[] =>
  text
    .split(separator)
    .map((word) => word.trim())
    .filter((word) => word !== "");

export const networksOf = (text: string): string[] => words(text, ",");

export const networksRefusal = (text: string): string | null =>
  networksOf(text)
    .map(networkRefusal)
    .find((reason) => reason !== null) ?? null;

export type NamedDatastore = { name: string; cidrs: string[]; ports: number[]; host?: string };

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

const datastoreOf = (text: string): NamedDatastore | string => {
  const [, name = "", networks = "", ports = "", host] = /^([^=]+)=([^:@]+):([0-9,]+)(?:@(.+))?$/.exec(text) ?? [];
  if (!Name.safeParse(name).success)
    return `${text} is not NAME=NETWORK:PORT, with a name of 3 to 24 lower-case letters, digits and hyphens`;
  const wrong = networksRefusal(networks);
  if (wrong !== null) return wrong;
  const numbers = z.array(Port).safeParse(words(ports, ",").map(Number));
  if (!numbers.success || numbers.data.length === 0) return `${text}: a port is a number from 1 to 65535`;
  if (host !== undefined && !HOST.test(host)) return `${host} is not a name of a host`;
  return { name, cidrs: networksOf(networks), ports: numbers.data, ...(host === undefined ? {} : { host }) };
};

/** `NAME=NETWORK[,NETWORK]:PORT[,PORT][@HOST]`, several with spaces between; or why it is not. */
export const datastoresOf = (text: string): NamedDatastore[] | string => {
  const read = words(text, /\s+/).map(datastoreOf);
  const wrong = read.find((one) => typeof one === "string");
  if (wrong !== undefined) return wrong;
  const datastores = read.filter((one) => typeof one !== "string");
  const names = datastores.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? datastores : `${twice} is there twice`;
};
