/** Quantities of Kubernetes: a number, and a suffix of thousands or of 1024s. */
const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Its number in the plain unit; null when it is no quantity. */
export const readQuantity = (value: unknown): number | null => {
  if (typeof value === "number") return value;
  const [, number = "", suffix = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(String(value)) ?? [];
  const factor = FACTORS[suffix];
  return number === "" || factor === undefined ? null : Number(number) * factor;
};
