/** How an app's requests find a variant beside the weights. */
import * as z from "zod";
import { integer, label, list, mapOf, seconds, text } from "../../components/fields";
import { matchKinds } from "../../components/routers";

/** RFC 9110's token, less what quotes need in routers' rules. */
export const token = text(/^[A-Za-z0-9._-]+$/, "a name of letters, digits, dots, hyphens and underscores");
const value = text(/^[\w.:@/+=-]+$/, "a value of letters, digits and ._:@/+=-");

/** What requests and connections themselves are made of. */
const OF_CONNECTIONS = [
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "keep-alive",
];
const header = text(
  new RegExp(`^(?!(${OF_CONNECTIONS.join("|")})$)[A-Za-z0-9][A-Za-z0-9-]*$`, "i"),
  `a header's name of letters, digits and hyphens, other than ${OF_CONNECTIONS.join(", ")}`,
);
/** Characters that have a meaning in no data plane's configuration. */
const headerValue = text(
  /^(?=.{1,1000}$)[!#&-[\]-~]([ !#&-[\]-~]*[!#&-[\]-~])?$/,
  'a text without $, %, ", \\ and spaces at its ends',
);

/** What becomes of the headers of requests, or of answers. */
export const headerChanges = z
  .strictObject({
    /** Header to value, in place of what it has. */
    set: mapOf(header, headerValue, "a map from headers to values").default({}),
    /** Headers that go. */
    remove: list(header, 0, "a list of headers").default([]),
  })
  .check((context) => {
    const { set, remove } = context.value;
    const names = [...Object.keys(set), ...remove].map((name) => name.toLowerCase());
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    const message =
      names.length === 0 ? "set or remove, with a header" : twice && `each header once, not ${twice} twice`;
    if (message) context.issues.push({ code: "custom", message, input: context.value });
  });

const match = z
  .strictObject({
    /** Name of a header. */
    header: token.optional(),
    /** Name of a cookie. */
    cookie: token.optional(),
    /** Name of a query parameter. */
    query: token.optional(),
    /** The one value that matches; default always. */
    value: value.default("always"),
    /** The variant that such requests go to; default canary. */
    variant: label.default("canary"),
  })
  .transform((given, context) => {
    const kinds = matchKinds.filter((kind) => given[kind] !== undefined);
    const [kind, ...others] = kinds;
    if (kind === undefined || others.length > 0) {
      context.addIssue({
        code: "custom",
        message: `one of ${matchKinds.join(", ")} with a name`,
        input: given,
      });
      return z.NEVER;
    }
    return { kind, name: given[kind] ?? "", value: given.value, variant: given.variant };
  });

/** `match`: the first that fits decides. */
export const matchSettings = list(match, 0, "a list of matches").default([]);

export const sticky = z.strictObject({
  /** Name of the cookie; default variant. */
  cookie: token.default("variant"),
  /** Seconds that a browser keeps it; default 0, until it is closed. */
  seconds: seconds(31_536_000).default(0),
});

export const mirror = z.strictObject({
  /** The variant that gets the copies; default canary. */
  variant: label.default("canary"),
  /** Percent of the app's requests, 1 to 100; default 100. */
  percent: integer(1, 100, "percent").default(100),
});

export const splitBy = z
  .enum(["requests", "clients"], { error: "one of requests, clients" })
  .default("requests");
