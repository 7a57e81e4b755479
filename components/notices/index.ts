import type { NoticeKind } from "./notice";
import { slack } from "./slack";
import { teams } from "./teams";
import { webhook } from "./webhook";

const registry = { slack, teams, webhook } as const satisfies Record<string, NoticeKind>;

export type NoticeName = keyof typeof registry;

/** Every kind of notice by the name that the setting `kind` of a notice takes. */
export const noticeKinds: Readonly<Record<NoticeName, NoticeKind>> = registry;

export * from "./notice";
