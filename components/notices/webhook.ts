/** A notice for any other webhook: the event itself. */
import type { NoticeKind } from "./notice";

export const webhook: NoticeKind = { message: ({ event, stack, id }) => ({ stack, id, ...event }) };
