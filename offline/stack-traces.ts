/**
 * Does work in which the SDK takes a stack trace of every promise, without them: with source maps they are more than half of
 * it. Work that fails is done once more, with stack traces, for who has to find out why.
 *
 * @param isTold whether an error tells enough without a stack trace
 */
export async function tracedOnFailure<T>(
  work: () => Promise<T>,
  isTold: (error: unknown) => boolean = () => false,
): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } catch (error) {
    if (isTold(error)) throw error;
    Error.stackTraceLimit = stackTraceLimit;
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
