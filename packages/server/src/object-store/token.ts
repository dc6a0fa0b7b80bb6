/** What is good for a while, asked for again some minutes before it ends. */

export type Lasting<T> = { value: T; until: number };

const MARGIN_MS = 300_000;

export const lasting = <T>(ask: () => Promise<Lasting<T>>): (() => Promise<T>) => {
  let held: Lasting<T> | null = null;
  return async () => {
    if (held === null || held.until - MARGIN_MS < Date.now()) held = await ask();
    return held.value;
  };
};
