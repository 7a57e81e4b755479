/** Tags of a stack, which its backend keeps beside the state: every machine sees them that can update the stack. */
export interface Tags {
  read(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** @param name up to 40 characters; a value has up to 256 */
  set(name: string, value: string, signal: AbortSignal): Promise<void>;
}

/** Seconds that one question to the backend, or one tag, may take. */
export const TAG_SECONDS = 20;
