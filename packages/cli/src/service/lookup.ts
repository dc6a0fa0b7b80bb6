/** Objects by the names that people give them, or by number. */
import { userError } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import { containers } from "@touchstone/core/routes/containers";
import { datastores } from "@touchstone/core/routes/datastores";
import type { Client } from "@touchstone/core/client/client";

export type Named = { id: number; name: string };

/** A name wins over a number, and its exact spelling over another. Throws OBJECT_UNKNOWN. */
const pick = <T extends Named>(all: readonly T[], given: string, noun: string): T => {
  const found =
    all.find(({ name }) => name === given) ??
    all.find(({ name }) => name.toLowerCase() === given.toLowerCase()) ??
    all.find(({ id }) => String(id) === given);
  if (found !== undefined) return found;
  const nearest = nearestName(
    given,
    all.map(({ name }) => name),
  );
  throw userError("OBJECT_UNKNOWN", noun, nearest === null ? given : `${given} (the nearest name is ${nearest})`);
};

export const datastoreNamed = async (client: Client, given: string) => pick(await client.ask(datastores.listing), given, "datastore");

export const datastoresNamed = async (client: Client, given: readonly string[]): Promise<number[]> => {
  if (given.length === 0) return [];
  const all = await client.ask(datastores.listing);
  return given.map((name) => pick(all, name, "datastore").id);
};

/** Ids of containers by name, in these datastores or, where none is named, in all. */
export const containersNamed = async (client: Client, datastoreIds: readonly number[], given: readonly string[]): Promise<number[]> => {
  if (given.length === 0) return [];
  const homes = datastoreIds.length > 0 ? datastoreIds : (await client.ask(datastores.listing)).map(({ id }) => id);
  const lists = await Promise.all(homes.map((datastore) => client.ask(containers.listing, { query: { datastore } })));
  const all = lists.flat();
  return given.flatMap((name) => {
    const same = all.filter((one) => one.name === name);
    return same.length > 0 ? same.map(({ id }) => id) : [pick(all, name, "container").id];
  });
};

/** A number of an object, as it stands in a list. Throws OPTION_INVALID. */
export const idGiven = (given: string, noun: string): number => {
  if (/^[1-9]\d{0,14}$/.test(given)) return Number(given);
  throw userError("OPTION_INVALID", given, `the ${noun} is named by its number`);
};
