import { inference, type Candidate } from "./candidate.ts";
import betweenTimes from "./betweenTimes.ts";

/** Each fence of betweenTimes as a check of its own, so that one can be kept without the other. */
export default inference({
  name: "timeBounds",
  level: 3,
  docs: "afterDateTime and beforeDateTime: the two fences of betweenTimes, one check each.",
  candidates: (sample) =>
    betweenTimes.candidates(sample).flatMap((c): Candidate[] => [
      { ...c, rule_type: "afterDateTime", properties: { datetime: `${String(c.properties["min_time"])} 00:00:00` } },
      { ...c, rule_type: "beforeDateTime", properties: { datetime: `${String(c.properties["max_time"])} 00:00:00` } },
    ]),
});
