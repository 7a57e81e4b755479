/** A notice for a Slack incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import type { Mood, NoticeKind } from "./notice";

const COLOURS: Record<Mood, string> = {
  neutral: "#6b7280",
  good: "#15803d",
  waiting: "#b45309",
  bad: "#b91c1c",
};

export const slack: NoticeKind = {
  message: ({ notice: { mood, headline, detail }, stack }) => ({
    text: escaped(`${stack}: ${headline}`),
    // A query is no mark-up.
    mrkdwn: false,
    ...(detail !== undefined && {
      attachments: [
        { color: COLOURS[mood], fallback: escaped(detail), text: escaped(detail), mrkdwn_in: [] },
      ],
    }),
  }),
};

/** The three characters by which Slack knows links and mentions: https://docs.slack.dev/messaging/formatting-message-text */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
