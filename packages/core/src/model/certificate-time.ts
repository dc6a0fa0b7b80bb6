/**
 * When a certificate that nobody has renewed is worth a word. Who renews by itself does so at a share of the time it is good for
 * (cert-manager when a third is left), so that days alone would speak of every one that is good for some hours or weeks.
 */

export type Validity = { validFrom: Date; validTo: Date };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Less than the third at which it is renewed. */
const LATE_SHARE = 1 / 4;
/** Up to here in hours. */
const HOURS_MAX = 72;

/** Whether less is left than the given days, and than a quarter of its time. */
export const isLate = ({ validFrom, validTo }: Validity, now: Date, days: number): boolean =>
  validTo.getTime() - now.getTime() < Math.min(days * DAY_MS, LATE_SHARE * (validTo.getTime() - validFrom.getTime()));

/** What is left, as people say it. */
export const leftOf = ({ validTo }: Pick<Validity, "validTo">, now: Date): string => {
  const left = validTo.getTime() - now.getTime();
  return left < HOURS_MAX * HOUR_MS ? `${Math.floor(left / HOUR_MS)} hours` : `${Math.floor(left / DAY_MS)} days`;
};

/** What is asked of one, in words. */
export const enoughTime = (days: number): string => `more than ${days} days left, or a quarter of its time where that is less`;
