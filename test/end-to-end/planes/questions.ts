/** Requests that `match` sends to a canary at weight 0, and requests that look like them. */
import type { MatchKind, Traits } from "../../../components/routers";

export interface Question {
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly isCanary: boolean;
}

const asked = (title: string, headers: Question["headers"], path: string, isCanary: boolean): Question => ({
  title,
  headers,
  path,
  isCanary,
});

const byKind: Readonly<Record<MatchKind, { settings: readonly string[]; asked: readonly Question[] }>> = {
  header: {
    settings: ["header=x-version", "value=new"],
    asked: [
      asked("the header", { "x-version": "new" }, "/", true),
      asked("the header by another case of its name", { "X-VERSION": "new" }, "/", true),
      asked("the header with a longer value", { "x-version": "newer" }, "/", false),
      asked("the header with another value", { "x-version": "old" }, "/", false),
    ],
  },
  cookie: {
    settings: ["cookie=canary"],
    asked: [
      asked("the cookie", { cookie: "canary=always" }, "/", true),
      asked("the cookie among others", { cookie: "a=1; canary=always; b=2" }, "/", true),
      asked("the cookie with a longer value", { cookie: "canary=alwaysx" }, "/", false),
      asked("a cookie whose name ends like it", { cookie: "xcanary=always" }, "/", false),
    ],
  },
  query: {
    settings: ["query=canary"],
    asked: [
      asked("the parameter", {}, "/?canary=always", true),
      asked("the parameter after another", {}, "/?a=1&canary=always", true),
      asked("the parameter with a longer value", {}, "/?canary=alwaysx", false),
      asked("a parameter whose name ends like it", {}, "/?xcanary=always", false),
    ],
  },
};

/** All that a router says it can. */
export function questionsOf({ match }: Pick<Traits, "match">): {
  settings: readonly string[];
  asked: readonly Question[];
} {
  return {
    settings: match.flatMap((kind, i) => byKind[kind].settings.map((setting) => `match[${i}].${setting}`)),
    asked: [asked("no sign at all", {}, "/", false), ...match.flatMap((kind) => byKind[kind].asked)],
  };
}
