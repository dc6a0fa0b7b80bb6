/** How an error is told to people. */
export type ErrorText = {
  what: string;
  why: string;
  todo: string;
  /** Where the same may go well later: seconds until it is worth a try. */
  retry_after_seconds?: number;
};

/** What an error says, from typed parameters. */
export const error = <const P extends unknown[]>(text: (...parameters: P) => ErrorText) => text;
