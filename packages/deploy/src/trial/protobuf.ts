/**
 * What clients of Kubernetes send as protobuf: objects of some built-in kinds, in an envelope (k8s.io/apimachinery/pkg/runtime/generated.proto).
 * Helm keeps its releases in Secrets this way. Only what these kinds need is read.
 */
import type { JsonObject } from "./fields.ts";

/** "k8s" and a zero. */
const MAGIC_BYTES = 4;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

type Message = ReadonlyMap<number, readonly Buffer[]>;

/** The fields of a message that have a length; numbers are not needed. */
const messageOf = (bytes: Buffer): Message => {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("a message of protobuf ends too early");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wire] = [Math.floor(tag / 8), tag & 7];
    if (wire === VARINT) varint();
    else if (wire === FIXED64) at += 8;
    else if (wire === FIXED32) at += 4;
    else if (wire === BYTES) {
      const length = varint();
      fields.set(field, [...(fields.get(field) ?? []), bytes.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`protobuf has no wire type ${wire}`);
  }
  return fields;
};

const textAt = (message: Message, field: number): string | undefined => {
  const text = message.get(field)?.[0]?.toString("utf8");
  return text === "" ? undefined : text;
};
const innerAt = (message: Message, field: number): Message => messageOf(message.get(field)?.[0] ?? Buffer.alloc(0));

const mapAt = (message: Message, field: number, encoding: "utf8" | "base64" = "utf8"): JsonObject | undefined => {
  const entries = message.get(field)?.map((bytes) => {
    const entry = messageOf(bytes);
    return [textAt(entry, 1) ?? "", entry.get(2)?.[0]?.toString(encoding) ?? ""] as const;
  });
  return entries === undefined ? undefined : Object.fromEntries(entries);
};

const given = (object: Record<string, JsonObject | string | undefined>): JsonObject =>
  Object.fromEntries(Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

const metadataOf = (message: Message): JsonObject =>
  given({
    name: textAt(message, 1),
    namespace: textAt(message, 3),
    resourceVersion: textAt(message, 6),
    labels: mapAt(message, 11),
    annotations: mapAt(message, 12),
  });

/** The object in an envelope. Throws for a kind that nothing sends so. */
export const readProtobuf = (body: Buffer): JsonObject => {
  const envelope = messageOf(body.subarray(MAGIC_BYTES));
  const type = innerAt(envelope, 1);
  const [apiVersion, kind] = [textAt(type, 1) ?? "", textAt(type, 2) ?? ""];
  if (kind === "DeleteOptions") return { apiVersion, kind };
  const message = innerAt(envelope, 2);
  const object = { apiVersion, kind, metadata: metadataOf(innerAt(message, 1)) };
  switch (kind) {
    case "Secret":
      return { ...object, ...given({ data: mapAt(message, 2, "base64"), type: textAt(message, 3) ?? "Opaque" }) };
    case "ConfigMap":
      return { ...object, ...given({ data: mapAt(message, 2) }) };
    case "Namespace":
      return object;
    default:
      throw new Error(`${kind} is not read from protobuf`);
  }
};
