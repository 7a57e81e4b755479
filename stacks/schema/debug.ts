import * as z from "zod";
import { day, flag, image, list, objectName, text, weight } from "../../components/fields";

/** A folder on a node, as no other path names it. */
export const HOST_PATH = /^(\/[A-Za-z0-9_-][\w.-]*)+$/;

const WORDS = "a list of words";

/** A canary to look into a running app with, in a virtual machine of its own: `apps.<name>.debug`. */
export const debug = z.strictObject({
  /** RuntimeClass of its pod: one of `policies.sandboxedRuntimeClasses`. */
  runtimeClass: objectName("RuntimeClass"),
  /** Container image; default that of the primary. */
  image: image.optional(),
  /** Percent of the app's requests; default 0: those alone that `match` sends to variant debug. */
  weight: weight.default(0),
  /** The container with the tools, which sees the app's processes. */
  sidecar: z.strictObject({
    /** Container image. */
    image,
    /** What it runs, in place of the image's own entrypoint and arguments. It must not end. */
    command: list(z.string({ error: WORDS }), 1, WORDS).optional(),
    /** Whether it is root and has all rights over the virtual machine; default true. */
    privileged: flag.default(true),
    /** Folder on the node, made if need be, that it sees as /out: one of `policies.debugHostPaths` or below; default none. */
    hostPath: text(
      HOST_PATH,
      "an absolute path on the node such as /run/out, without steps that start with a dot",
    ).optional(),
  }),
  /** Its last day, in UTC: the first update after it removes it. Default none. */
  until: day("the debug canary's last day").optional(),
});
