/**
 * The messages of Terraform's plugin protocol 5 that are needed to answer with a schema and to take every configuration as valid
 * (https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol): encoded by hand, because the libraries for it bring install scripts.
 */
import { isWriteOnly, type Attribute, type Block, type NestedBlock, type Nesting, type ProviderSchema } from "./schema.ts";

const VARINT = 0;
const BYTES = 2;

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
};

const number = (field: number, value: number): Buffer =>
  value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(field * 8 + VARINT), varint(value)]);
const flag = (field: number, value: boolean | undefined): Buffer => number(field, value === true ? 1 : 0);
const bytes = (field: number, value: Buffer | string): Buffer => {
  const content = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + BYTES), varint(content.length), content]);
};

const NESTING: Record<Nesting, number> = { SINGLE: 1, LIST: 2, SET: 3, MAP: 4 };

const attribute = (a: Attribute): Buffer =>
  Buffer.concat([
    bytes(1, a.name),
    bytes(2, JSON.stringify(a.type)),
    flag(4, a.required),
    flag(5, a.optional),
    flag(6, a.computed === true && !isWriteOnly(a)),
    flag(10, isWriteOnly(a)),
  ]);

const nested = (n: NestedBlock): Buffer =>
  Buffer.concat([
    bytes(1, n.type_name),
    bytes(2, block(n.block)),
    number(3, NESTING[n.nesting]),
    number(4, n.min_items),
    number(5, n.max_items),
  ]);

const block = ({ attributes, blocks }: Block): Buffer =>
  Buffer.concat([...attributes.map((a) => bytes(2, attribute(a))), ...blocks.map((n) => bytes(3, nested(n)))]);

const schema = (of: Block): Buffer => bytes(2, block(of));
const entries = (field: number, of: { [type: string]: Block }): Buffer[] =>
  Object.entries(of).map(([type, each]) => bytes(field, Buffer.concat([bytes(1, type), bytes(2, schema(each))])));

/** GetProviderSchema.Response. */
export const schemaResponse = ({ provider, resources, data }: ProviderSchema): Buffer =>
  Buffer.concat([bytes(1, schema(provider)), ...entries(2, resources), ...entries(3, data)]);

/** The content of a field of bytes in a message; empty where it is absent. */
const read = (message: Buffer, wanted: number): Buffer => {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const length = next();
    if ((tag & 7) !== BYTES) continue;
    if (Math.floor(tag / 8) === wanted) return message.subarray(at, at + length);
    at += length;
  }
  return Buffer.alloc(0);
};

/** UpgradeResourceState.Response to its request: the state as it was, for there is only one version of it. */
export const sameState = (request: Buffer): Buffer => bytes(1, bytes(2, read(read(request, 3), 1)));

/** What was made is as it was. */
export const stillThere = (request: Buffer): Buffer => bytes(1, read(request, 2));

/** PlanResourceChange and ApplyResourceChange: everything as it is proposed. What only a provider could say stays empty, as old providers may leave it. */
export const plannedAsProposed = (request: Buffer): Buffer => Buffer.concat([bytes(1, read(request, 3)), flag(5, true)]);
export const appliedAsPlanned = (request: Buffer): Buffer => Buffer.concat([bytes(1, read(request, 3)), flag(4, true)]);
