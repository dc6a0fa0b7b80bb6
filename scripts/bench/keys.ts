/** Keys: `unique` against the plain GROUP BY, and `existsIn` against the plain join, on a key of numbers and one of texts. */
import { QualityCheck } from "@touchstone/core/model/check";
import { costsInTurns, ratio, peaksInWords, resetPeaks, seconds, withOpened, type BenchPart } from "./measure.ts";
import { scanned } from "./scan.ts";
import { keyList, tableFile } from "./tables.ts";

const BAR = 1.2;
const RUNS = 3;
const KEYS = ["customer_id", "customer_code"];

export const benchKeys: BenchPart = async (rows, print) => {
  const [visits, customers] = [await tableFile(keyList("visit"), rows), await tableFile(keyList("customer"), rows)];
  await withOpened([visits, customers], async (opened) => {
    const { datastore, container, relation } = opened;
    const reference = (await datastore.sync()).containers.find(({ name }) => name !== container.name)!;
    const there = (await datastore.open(reference)).relation;
    const query = (sql: string) => () => datastore.session.query(sql);
    for (const key of KEYS) {
      const check = (rule_type: string, properties: Record<string, unknown>) => [
        QualityCheck.parse({ rule_type, container: container.name, fields: [key], properties }),
      ];
      resetPeaks();
      const [unique, grouped] = await costsInTurns(
        [
          () => scanned(opened, check("unique", {}), 0),
          query(`SELECT count(*) FROM (SELECT ${key} FROM ${relation.from} GROUP BY ${key} HAVING count(*) > 1)`),
        ],
        RUNS,
      );
      print(
        `unique(${key}), no key repeats: ${seconds(unique.seconds)} = ${ratio(unique, grouped, BAR)} GROUP BY (${seconds(grouped.seconds)})${peaksInWords()}`,
      );
      resetPeaks();
      const [exists, joined] = await costsInTurns(
        [
          () => scanned(opened, check("existsIn", { ref_container_name: reference.name, field_name: key }), 0),
          query(`SELECT count(*) FROM ${relation.from} a LEFT JOIN ${there.from} b ON a.${key} = b.${key} WHERE b.${key} IS NULL`),
        ],
        RUNS,
      );
      print(
        `existsIn(${key}), every key is there: ${seconds(exists.seconds)} = ${ratio(exists, joined, BAR)} LEFT JOIN (${seconds(joined.seconds)})${peaksInWords()}`,
      );
    }
  });
};
