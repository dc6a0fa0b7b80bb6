/** A command that comes next. One of `touchstone deploy` is only named where it is there; `instead` says what does the same meanwhile. */
export type Next = {
  /** The verb of `touchstone deploy` that it needs; null where it is none. */
  verb: string | null;
  command: string;
  does: string;
  instead?: string;
};

export type Step = { command: string; does: string };

/** Steps with the verbs there are. */
export const stepsOf = (nexts: readonly Next[], verbs: readonly string[]): Step[] =>
  nexts.flatMap(({ verb, command, does, instead }) => {
    if (verb === null || verbs.includes(verb)) return [{ command, does }];
    return instead === undefined ? [] : [{ command: instead, does }];
  });
