/** Wakes those who wait in this process. Nothing is lost when it does not ring: who waits also looks now and then. */

export type Bell = {
  ring: () => void;
  /** True when the bell rings; false when so much time has passed before, or the signal was aborted. */
  wait: (ms: number, signal?: AbortSignal) => Promise<boolean>;
};

export const bell = (): Bell => {
  const waiting = new Set<(rung: boolean) => void>();
  return {
    ring: () => {
      for (const wake of waiting) wake(true);
    },
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (rung: boolean): void => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", stop);
          waiting.delete(wake);
          resolve(rung);
        };
        const stop = (): void => wake(false);
        const timer = setTimeout(stop, ms);
        waiting.add(wake);
        if (signal?.aborted) stop();
        else signal?.addEventListener("abort", stop);
      }),
  };
};
