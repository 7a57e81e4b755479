/**
 * A notice for a webhook of Teams' Workflows: an Adaptive Card in a message.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
import type { Mood, NoticeKind } from "./notice";

const STYLES: Record<Mood, string> = {
  neutral: "default",
  good: "good",
  waiting: "warning",
  bad: "attention",
};

/** Text runs are shown as they are; a TextBlock would take a query for Markdown. */
const text = (words: string, style: object = {}): object => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text: words, ...style }],
});

export const teams: NoticeKind = {
  message: ({ notice: { mood, headline, detail }, stack }) => ({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: [
            {
              type: "Container",
              style: STYLES[mood],
              bleed: true,
              items: [text(`${stack}: ${headline}`, { weight: "Bolder", size: "Medium" })],
            },
            ...(detail === undefined ? [] : [text(detail)]),
          ],
        },
      },
    ],
  }),
};
