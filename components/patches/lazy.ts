/** Values of which some parts only the engine knows: a part is looked into if it is known, and what is beside it stays known. */
import { Output, output } from "@pulumi/pulumi";

/** What JSON can say. */
export type Json = null | string | number | boolean | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

export type LazyMap = Readonly<Record<string, unknown>>;

export const isKnownMap = (value: unknown): value is LazyMap =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLazy(value);

export const isLazy = (value: unknown): value is Output<unknown> | Promise<unknown> =>
  Output.isInstance(value) || value instanceof Promise;

/** What `edit` makes of a value, at once if it is known. */
export const edited = (value: unknown, edit: (known: unknown) => unknown): unknown =>
  isLazy(value) ? (output(value) as Output<unknown>).apply(edit) : edit(value);
