/** Values that somebody sends who means no good, or whose program is broken. */
import * as fc from "fast-check";

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

/** What JSON carries and a store cannot keep: most of what goes wrong with texts. */
const UNSTORABLE: readonly string[] = ["\u0000", "a\u0000b", "\ud800", "x\udfff"];

const TEXTS: readonly string[] = [
  "",
  " ",
  "\ufeff",
  "\u202e\u200b",
  "💥".repeat(50),
  "x".repeat(100_000),
  "'; DROP TABLE anomaly; --",
  '"; SELECT pg_sleep(30); --',
  "' OR '1'='1",
  "\\",
  "%",
  "_",
  "$1",
  "${jndi:ldap://host.invalid/x}",
  "{{x}}",
  "../../../../etc/passwd",
  "..%2f..%2f",
  "C:\\windows\\system32",
  "file:///etc/passwd",
  "http://127.0.0.1:1/",
  "http://169.254.169.254/latest/meta-data/",
  "javascript:alert(1)",
  "<script>alert(1)</script>",
  "\r\nset-cookie: a=b",
  "NaN",
  "Infinity",
  "-0",
  "1e400",
  "0x10",
  "9223372036854775808",
  "99999999999999999999999999",
  "true",
  "null",
  "undefined",
  "[]",
  "{}",
  "__proto__",
  "constructor",
  "toString",
  "0000-00-00",
  "2031-02-30",
  "275760-09-13T00:00:00Z",
  "+275760-09-13T00:00:00.000Z",
  "* * * * *",
  "60 25 32 13 8",
  "((((((((((((((((((((a+)+)+)+)+",
  "(?<=a)b",
  "a".repeat(200),
  "1 + 1".repeat(2000),
  `${"(".repeat(5000)}1`,
  "NOT ".repeat(3000),
];

const NUMBERS: readonly number[] = [
  0,
  -1,
  0.5,
  -0,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 31 - 1,
  2 ** 32,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 63,
  -(2 ** 63),
  1e21,
];

const SHAPES: readonly unknown[] = [
  null,
  true,
  false,
  [],
  {},
  [[]],
  [null],
  [{}],
  { "": "" },
  { "a\u0000": 1 },
  { constructor: { prototype: { polluted: true } } },
  JSON.parse('{"__proto__": {"polluted": true}}'),
  nested(50),
  nested(99),
  nested(101),
  nested(2000),
  Array.from({ length: 3000 }, (_, i) => i),
];

export const hostileTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...UNSTORABLE) },
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
);
const hostileNumbers = fc.oneof(fc.constantFrom(...NUMBERS), fc.double());

const hostileValues: fc.Arbitrary<unknown> = fc.oneof(hostileTexts, hostileNumbers, fc.constantFrom(...SHAPES), fc.jsonValue());

/** Bodies that are not what they are said to be. */
export const BROKEN_BODIES: readonly string[] = [
  "",
  "{",
  "[1,",
  "nul",
  '{"a":1}{"b":2}',
  "\u0000",
  '{"a":1e999}',
  '{"a":"\\ud800"}',
  "a=b&c=d",
  "<xml/>",
  `"${"x".repeat(50_000)}"`,
  "1",
  '"text"',
  `${"[".repeat(20_000)}`,
];

export const CONTENT_TYPES: readonly string[] = [
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  "application/scim+json",
  "application/xml",
  "nonsense",
];

type Change = {
  steps: number;
  turns: readonly number[];
  /** In the place of a text, of a number, and of anything. */
  text: string;
  number: number;
  value: unknown;
  keepsKind: boolean;
  drop: boolean;
};

const otherThan = (value: unknown, { keepsKind, text, number, value: another }: Change): unknown => {
  if (keepsKind && typeof value === "string") return text;
  return keepsKind && typeof value === "number" ? number : another;
};

/** One place of a value, which the turns lead to, is another or gone. */
export const changed = (value: unknown, change: Change): unknown => {
  const { steps, turns, drop } = change;
  const entries = value !== null && typeof value === "object" ? Object.entries(value) : [];
  const [turn = 0, ...rest] = turns;
  const entry = entries[turn % Math.max(1, entries.length)];
  if (steps === 0 || entry === undefined) return otherThan(value, change);
  const [key, inner] = entry;
  const isLast = steps === 1 && drop;
  const next = changed(inner, { ...change, steps: steps - 1, turns: rest });
  if (Array.isArray(value))
    return isLast ? value.filter((_, at) => at !== Number(key)) : value.map((one: unknown, at) => (at === Number(key) ? next : one));
  const others = entries.filter(([name]) => name !== key);
  return Object.fromEntries(isLast ? others : [...others, [key, next]]);
};

export const changes: fc.Arbitrary<Change> = fc.record({
  steps: fc.integer({ min: 0, max: 4 }),
  turns: fc.array(fc.nat(50), { minLength: 5, maxLength: 5 }),
  text: hostileTexts,
  number: hostileNumbers,
  value: hostileValues,
  keepsKind: fc.nat(9).map((luck) => luck < 7),
  drop: fc.nat(9).map((luck) => luck < 2),
});
