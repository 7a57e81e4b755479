import * as z from "zod";
import { list, oneOf, text } from "../../components/fields";
import type { Json } from "../../components/patches/lazy";

const change: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.string(), z.number(), z.boolean(), z.array(change), z.record(z.string(), change)], {
    error: "any value",
  }),
);

const pointer = text(
  /^(\/([^~]|~[01])*)+$/,
  "a JSON pointer such as /spec/template/metadata/annotations/a~1b",
);

const operation = z.strictObject({
  /** What is done. */
  op: oneOf(["add", "remove", "replace", "move", "copy", "test"]),
  /** What is changed. */
  path: pointer,
  /** What is moved or copied. */
  from: pointer.optional(),
  /** What is added, put in place, or expected. */
  value: change.optional(),
});

/** A change of what the program declares: an entry of `patches`. */
const patch = z.strictObject({
  /** What it is a change of. */
  target: z.strictObject(
    {
      /** Kind such as Deployment, or type in Pulumi such as aws:autoscaling/group:Group; `*` stands for any text. */
      kind: text(/^\S+$/, "a kind such as Deployment, or a type in Pulumi"),
      /** Name in Pulumi or in the cluster; `*` stands for any text, and is the default. */
      name: text(/^\S+$/, "a name, in which * stands for any text").default("*"),
    },
    { error: "an object with kind and name" },
  ),
  /** What is merged into it, by Kubernetes' strategic rules if it has any. */
  merge: z.record(z.string(), change, { error: "an object" }).optional(),
  /** JSON patch, operation by operation. */
  json: list(operation, 1, "a list of operations with op and path").optional(),
});

export const patches = z
  .array(patch, { error: "a list of patches, each with target and merge or json" })
  .default([]);

export type Patch = z.output<typeof patch>;
