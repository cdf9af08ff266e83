/** Ends a turn. */
export type Leave = () => void;

/** Who may score now: many together, or one alone. */
export interface Turns {
  /** Waits while somebody is alone, or waits to be; not once the signal is given. */
  readonly together: (signal: AbortSignal | undefined) => Promise<Leave>;
  /** Waits until nobody has a turn; not once the signal is given. */
  readonly alone: (signal: AbortSignal | undefined) => Promise<Leave>;
}

/** Turns come in the order in which they are asked for. Who has one must wait for nobody who asks for one. */
export function createTurns(): Turns {
  const waiting: { readonly alone: boolean; readonly begin: () => void }[] = [];
  let several = 0;
  let single = false;

  const next = (): void => {
    for (let first = waiting[0]; first !== undefined && !single; first = waiting[0]) {
      if (first.alone && several > 0) return;
      waiting.shift();
      first.begin();
    }
  };
  const ask = async (alone: boolean, signal: AbortSignal | undefined): Promise<Leave> =>
    new Promise((resolve) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp);
        if (alone) single = true;
        else several++;
        resolve(() => {
          if (alone) single = false;
          else several--;
          next();
        });
      };
      const one = { alone, begin };
      const giveUp = (): void => {
        const place = waiting.indexOf(one);
        if (place >= 0) waiting.splice(place, 1);
        resolve(() => undefined);
        next();
      };
      if (signal?.aborted === true) {
        resolve(() => undefined);
        return;
      }
      signal?.addEventListener('abort', giveUp, { once: true });
      waiting.push(one);
      next();
    });

  return {
    together: async (signal) => ask(false, signal),
    alone: async (signal) => ask(true, signal),
  };
}
