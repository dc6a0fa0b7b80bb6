import { inference, missingValue, type Candidate } from "./candidate.ts";
import type { Column, Sample } from "./sample.ts";
import { serialOf } from "./serial.ts";
import { wilsonUpper } from "./statistics.ts";

const ROWS_MIN = 30;
/** Share of missing values up to which they are lapses in a mandatory field: the upper end of its 95 % interval. */
const LAPSES_MAX = 0.005;

/** The same for running numbers that a row without one leaves a gap in: it was lost. Those who did not finish have no rank. */
const KEY_LAPSES_MAX = 0.08;
const GAPS_MIN = 0.9;

const isLost = (c: Column, missing: number): boolean => {
  const serial = missing === 0 ? null : serialOf(c);
  return serial !== null && serial.repeats === 0 && serial.gaps >= missing * GAPS_MIN;
};

const complete =
  (sample: Sample) =>
  (c: Column): Candidate[] => {
    const missing = sample.rows - c.known;
    const lapsesMax = isLost(c, missing) ? KEY_LAPSES_MAX : LAPSES_MAX;
    const share = lapsesMax === LAPSES_MAX ? wilsonUpper(missing, sample.rows) : missing / sample.rows;
    if (sample.rows < ROWS_MIN || (missing > 0 && share > lapsesMax)) return [];
    if (missing === 0 && sample.whole === false && (c.profile?.null_count ?? 0) > (c.profile?.records ?? 0) * LAPSES_MAX) return [];
    return [
      {
        rule_type: "notNull",
        fields: [c.field.name],
        properties: {},
        coverage: 1,
        why:
          missing === 0
            ? `${c.field.name} has a value on all ${sample.rows} rows`
            : `${c.field.name} has a value on all but ${missing} of ${sample.rows} rows`,
        support: c.known,
        violates: missingValue(c),
        exceptionsMax: lapsesMax * 2,
      },
    ];
  };

export default inference({
  name: "notNull",
  level: 1,
  docs: "Fields that are always filled, or with at most one lapse in two hundred rows (upper end of the 95 % interval); running numbers with more.",
  candidates: (sample) => sample.columns.flatMap(complete(sample)),
});
