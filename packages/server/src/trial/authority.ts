/** Certificate authorities for tests, made for the run: what they issue is right or wrong as asked (RFC 5280). */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { bits, commonName, der, identifier, octets, sequence, time, yes } from "./der.ts";

const ECDSA_WITH_SHA256 = sequence(identifier("2a8648ce3d040302"));
const BASIC_CONSTRAINTS = identifier("551d13");
const SUBJECT_ALT_NAME = identifier("551d11");
/** What its names are in a list of names: a DNS name, an address. */
const DNS_NAME = 0x82;
const VERSION_3 = der(0xa0, der(0x02, Buffer.from([2])));
const DAY_MS = 86_400_000;

export type Issued = { certificate: string; key: string };
export type Asked = {
  names: readonly string[];
  /** Days from now. */
  fromDays?: number;
  toDays?: number;
};
export type Authority = { certificate: string; issue: (asked: Asked) => Issued; under: (name: string) => Authority };

const pem = (content: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(content.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;

const moment = (days: number): Buffer => {
  const digits = new Date(Date.now() + days * DAY_MS).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return time(digits.slice(2));
};

type Body = { issuer: string; subject: string; publicKey: KeyObject; fromDays: number; toDays: number; extensions: Buffer[] };

const certificateOf = ({ issuer, subject, publicKey, fromDays, toDays, extensions }: Body, by: KeyObject): string => {
  const serial = randomBytes(8);
  // A number that is not negative, and has no byte too many.
  serial[0] = 1;
  const body = sequence(
    VERSION_3,
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    commonName(issuer),
    sequence(moment(fromDays), moment(toDays)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  return pem(sequence(body, ECDSA_WITH_SHA256, bits(sign("sha256", body, by))));
};

const newKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

type Signer = { name: string; key: KeyObject };

/** One of that name, good for ten years, which has issued itself, or is another's. */
const authorityOf = (name: string, by: Signer | null): Authority => {
  const own = newKeys();
  const isAuthority = sequence(BASIC_CONSTRAINTS, yes(), octets(sequence(yes())));
  const itself = {
    issuer: by?.name ?? name,
    subject: name,
    publicKey: own.publicKey,
    fromDays: -1,
    toDays: 3650,
    extensions: [isAuthority],
  };
  return {
    certificate: certificateOf(itself, by?.key ?? own.privateKey),
    under: (called) => authorityOf(called, { name, key: own.privateKey }),
    issue: ({ names, fromDays = -1, toDays = 90 }) => {
      const { privateKey, publicKey } = newKeys();
      const list = sequence(...names.map((one) => der(DNS_NAME, Buffer.from(one))));
      const extensions = [sequence(SUBJECT_ALT_NAME, octets(list))];
      const certificate = certificateOf(
        { issuer: name, subject: names[0] ?? "nobody", publicKey, fromDays, toDays, extensions },
        own.privateKey,
      );
      return { certificate, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    },
  };
};

export const newAuthority = (name: string): Authority => authorityOf(name, null);
