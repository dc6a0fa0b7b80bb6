/** Distinguished encoding (ITU-T X.690), as far as certificates of tests need it: a tag, a length, what is in it. */

export const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length.toString(16);
  const bytes = Buffer.from(length.padStart(length.length + (length.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([tag]), body.length < 128 ? bytes : Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]), body]);
};

export const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
/** An object identifier, its bytes in hexadecimal. */
export const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
export const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));
export const nothing = (): Buffer => der(0x05);
export const yes = (): Buffer => der(0x01, Buffer.from([0xff]));
export const octets = (content: Buffer): Buffer => der(0x04, content);
export const bits = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);
/** UTCTime: `yymmddhhmmssZ`. */
export const time = (text: string): Buffer => der(0x17, Buffer.from(text));
/** A name that is a common name alone. */
export const commonName = (text: string): Buffer => sequence(der(0x31, sequence(identifier("550403"), der(0x0c, Buffer.from(text)))));
