/**
 * Joins what several callers ask for at about the same time: while one piece of work runs (or `atOnce` of them do), the next gathers, and
 * then all that gathered is done in one. Each caller gets its own answer, or the error that the work ended with.
 * `work` answers as many outputs as it was given inputs, in their order.
 */
export function gather<In, Out>(work: (inputs: readonly In[]) => Promise<readonly Out[]>, { atOnce = 1 }: { readonly atOnce?: number } = {}): (input: In) => Promise<Out> {
  interface Waiting { readonly input: In; readonly done: (output: Out) => void; readonly failed: (error: unknown) => void }
  let waiting: Waiting[] = [];
  let running = 0;
  const run = async (): Promise<void> => {
    running += 1;
    // Callers of this same turn still come in.
    await Promise.resolve();
    while (waiting.length > 0) {
      const now = waiting;
      waiting = [];
      try {
        const outputs = await work(now.map(({ input }) => input));
        now.forEach(({ done }, index) => done(outputs[index] as Out));
      } catch (error) {
        for (const { failed } of now) failed(error);
      }
    }
    running -= 1;
  };
  return (input) => new Promise<Out>((done, failed) => {
    waiting.push({ input, done, failed });
    if (running < atOnce) void run();
  });
}
