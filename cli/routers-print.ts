/** The registry of routers for people, and the page of the documentation that is made of it. */
import { type RouterName, routerNames, routers, type Traits } from "../components/routers";
import { settingsOf } from "../components/routers/settings";
import { columns, wrapped } from "./columns";

const yesNo = (can: boolean): string => (can ? "yes" : "no");

/** What routers differ in, each with a heading for a column and the words of one router. */
interface Fact {
  readonly heading: string;
  readonly of: (traits: Traits) => string;
}

/** What a router can do, in a word or two. */
const ABILITIES: readonly Fact[] = [
  { heading: "match by", of: ({ match }) => match.join(", ") || "no" },
  { heading: "sticky", of: ({ sticky }) => yesNo(sticky !== undefined) },
  { heading: "split: clients", of: ({ clients }) => yesNo(clients !== undefined) },
  { heading: "mirror", of: ({ mirror }) => yesNo(mirror) },
  { heading: "shield", of: ({ shield }) => yesNo(shield !== undefined) },
  { heading: "canaryTimeoutSeconds", of: ({ canaryTimeout }) => yesNo(canaryTimeout !== undefined) },
];

/** Which requests it can be for. */
const PLACES: readonly Fact[] = [
  { heading: "wildcards", of: ({ wildcards }) => yesNo(wildcards) },
  { heading: "path", of: ({ paths }) => paths.join(", ") || "no" },
  { heading: "stripPath", of: ({ strip }) => yesNo(strip) },
  { heading: "protocol", of: ({ protocols }) => protocols.join(", ") },
  { heading: "WebSockets and streams", of: ({ webSockets }) => webSockets },
  { heading: "without host", of: ({ internal }) => yesNo(internal) },
  { heading: "canaryHost", of: ({ canaryHost }) => yesNo(canaryHost) },
];

/** What it does of requests, whatever variant they go to. */
const LIMITS: readonly Fact[] = [
  { heading: "requestTimeoutSeconds", of: ({ requestTimeout }) => requestTimeout ?? "no" },
  { heading: "maxBodyBytes", of: ({ maxBody }) => maxBody ?? "no" },
  { heading: "requestHeaders, responseHeaders", of: ({ headers }) => yesNo(headers) },
];

/** What to know of it. */
const CONDUCT: readonly Fact[] = [
  { heading: "weights", of: ({ resolution }) => resolution },
  { heading: "a weight touches", of: ({ touches }) => touches.join(", ") },
  { heading: "missing canary", of: ({ missingCanary }) => missingCanary },
  { heading: "time to empty", of: ({ timeToEmpty }) => timeToEmpty },
  { heading: "needs", of: ({ needs }) => needs },
  { heading: "routed", of: ({ routed }) => (routed ? "✔" : "no") },
  { heading: "tested on", of: ({ testedOn }) => testedOn },
];

/** How it does what needs more than a word. */
const HOW: Readonly<Record<string, (traits: Traits) => string | undefined>> = {
  sticky: ({ sticky }) => sticky,
  "split: clients": ({ clients }) => clients,
  shield: ({ shield }) => shield,
  canaryTimeoutSeconds: ({ canaryTimeout }) => canaryTimeout,
};

const rowsOf = (facts: readonly Fact[]): string[][] => [
  ["router", ...facts.map(({ heading }) => heading)],
  ...routerNames().map((name) => [name, ...facts.map(({ of }) => of(routers[name].traits))]),
];

/** All routers in three tables. */
export function routersText(width: number): string {
  const notes = [
    "missing canary: what its share of users gets; time to empty: what still reaches a canary at weight 0; routed ✔: real requests went by its objects in tests.",
    "More of one, and its settings: canary routers NAME",
  ];
  const lines = notes.flatMap((note) => wrapped(note, width)).join("\n");
  return `${[...[ABILITIES, PLACES, LIMITS, CONDUCT].map((facts) => columns(rowsOf(facts), width)), lines].join("\n\n")}\n`;
}

/** One router with its settings. */
export function routerText(name: RouterName, width: number): string {
  const { traits } = routers[name];
  const inFull = ({ heading, of }: Fact): string => HOW[heading]?.(traits) ?? of(traits);
  const settings = settingsOf(routers[name]).map(({ key, default: value, description }) => [
    key,
    shown(value),
    description,
  ]);
  const parts = [
    [name, ...wrapped(traits.summary, width)].join("\n"),
    columns(
      [...ABILITIES, ...PLACES, ...LIMITS, ...CONDUCT].map((fact) => [fact.heading, inFull(fact)]),
      width,
    ),
    ["Common set-ups", ...traits.setUps.flatMap((sentence) => wrapped(`- ${sentence}`, width))].join("\n"),
    settings.length === 0
      ? "No settings of its own"
      : columns([[`routers.${name}`, "default", ""], ...settings], width),
  ];
  return `${parts.join("\n\n")}\n`;
}

const shown = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

/** One router, or all, as data. */
export function routerJson(name: RouterName): object {
  return { name, ...routers[name].traits, settings: settingsOf(routers[name]) };
}

/** docs/routers.md. */
export function routersMarkdown(): string {
  return `# Routers

<!-- Made of components/routers by \`npm run docs\`. -->

What enforces a split on Kubernetes: the setting \`router\`, of the stack or of an app. \`npx canary routers\` prints this, too.

${markdownTable(linked(rowsOf(ABILITIES)))}

*match by*: \`match\` sends requests with a header, a cookie or a query parameter to a canary, whatever its weight. *sticky*
keeps a user at a variant, *split: clients* makes a weight the share of clients and not of requests, *mirror* sends a canary
copies, and with *shield* the primary answers in place of a canary that fails. *canaryTimeoutSeconds* ends requests that a canary
does not begin to answer; a router without it has its own limit for all variants. What a router can't do
it refuses, with the names of those that can.

${markdownTable(linked(rowsOf(PLACES)))}

*wildcards*: \`hosts\` may be \`*.example.com\`. *path*: the paths of a host that may be an app's; *stripPath* takes them away. *protocol*: what its
pods may speak. *WebSockets and streams* pass by default with each, for as long as it says. An app
*without host* is served within the cluster.

${markdownTable(linked(rowsOf(LIMITS)))}

*requestTimeoutSeconds* ends a request that takes longer, counted as the table says. *maxBodyBytes* answers requests with a larger body with 413.
*requestHeaders* and *responseHeaders* set and remove headers.

${markdownTable(linked(rowsOf(CONDUCT)))}

*weights*: which it can express. *a weight touches*: the kinds of objects that change with it, and no others. *missing canary*:
what the canary's share of users gets while it has no Service or no pods. *time to empty*: what still reaches a canary after its
weight became 0. *routed*: ✔ if real requests went by its objects in our tests, through the programs of *tested on*; else an API server has taken
the objects, and nothing more was seen. What came of the requests: [the lab](lab.md#data-planes).

A router's settings stand below \`routers.NAME\`, of the stack or of an app; the app's take the place of the stack's.

${routerNames().map(section).join("\n")}`;
}

/** The first column as links to the routers' sections. */
const linked = ([headings = [], ...rows]: string[][]): string[][] => [
  headings,
  ...rows.map(([name = "", ...cells]) => [`[${name}](#${name})`, ...cells]),
];

function section(name: RouterName): string {
  const { traits } = routers[name];
  const details = Object.entries(HOW).flatMap(([heading, how]) => {
    const text = how(traits);
    return text === undefined ? [] : [`- *${heading}*: ${text}\n`];
  });
  const settings = settingsOf(routers[name]);
  const table = [
    [`\`routers.${name}\``, "default", ""],
    ...settings.map(({ key, default: value, description }) => [`\`${key}\``, shown(value), description]),
  ];
  const setUps = traits.setUps.map((sentence) => `- ${sentence}`).join("\n");
  const parts = [
    `## ${name}`,
    `${traits.summary}.`,
    ...(details.length === 0 ? [] : [details.join("").trimEnd()]),
    `Common set-ups:\n\n${setUps}`,
    settings.length === 0 ? `\`routers.${name}\` takes no settings.` : markdownTable(table),
  ];
  return `${parts.join("\n\n")}\n`;
}

function markdownTable([headings = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`.replaceAll("|  |", "| |");
  return [line(headings), `|${"---|".repeat(headings.length)}`, ...rows.map(line)].join("\n");
}
