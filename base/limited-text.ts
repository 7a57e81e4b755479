/** An answer that is longer than anybody can have meant. */
export class TooLongError extends Error {
  constructor(readonly most: number) {
    super(`answers with more than ${most / 2 ** 20} MiB`);
  }
}

/** Bytes of an answer over HTTP, unpacked. */
export const MOST_BYTES = 8 * 2 ** 20;

/**
 * The text of an answer over HTTP. No more of it is read, or unpacked, than is allowed.
 *
 * @throws TooLongError
 */
export async function limitedText(answer: Response, most = MOST_BYTES): Promise<string> {
  if (answer.body === null) return "";
  const reader = answer.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done)
      return Buffer.concat(chunks)
        .toString("utf8")
        .replace(/^\ufeff/, "");
    bytes += value.byteLength;
    if (bytes > most) {
      await reader.cancel().catch(() => {});
      throw new TooLongError(most);
    }
    chunks.push(value);
  }
}
