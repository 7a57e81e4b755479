/**
 * JSON patches (RFC 6902) on inputs of which some parts only the engine knows; packages for plain JSON can't look into those.
 *
 * https://www.rfc-editor.org/rfc/rfc6902, https://www.rfc-editor.org/rfc/rfc6901
 */
import { isDeepStrictEqual } from "node:util";
import { type Output, output } from "@pulumi/pulumi";
import { edited, isKnownMap, type Json } from "./lazy";

export interface JsonOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  /** A JSON pointer such as `/metadata/annotations/example.com~1owner`. */
  readonly path: string;
  readonly from?: string | undefined;
  readonly value?: Json | undefined;
}

/** An operation that can't be done; the message is the end of a sentence that says what is allowed. */
export class JsonPatchError extends Error {}

export const steps = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** @throws JsonPatchError at once, or once the engine knows the part that is wrong */
export function operated(value: unknown, operation: JsonOperation): unknown {
  const { op, path, from = "" } = operation;
  const change = operation.value ?? null;
  switch (op) {
    case "add":
      return changedAt(value, steps(path), path, (holder, key) => added(holder, key, change, path));
    case "replace":
      return changedAt(value, steps(path), path, (holder, key) => {
        found(holder, key, path);
        return Array.isArray(holder)
          ? holder.with(index(holder, key, path), change)
          : { ...(holder as object), [key]: change };
      });
    case "remove":
      return changedAt(value, steps(path), path, (holder, key) => removed(holder, key, path));
    case "test":
      return changedAt(value, steps(path), path, (holder, key) => {
        const there = found(holder, key, path);
        const tested = (output(there) as Output<unknown>).apply((known) => {
          if (isDeepStrictEqual(known, change)) return known;
          throw new JsonPatchError(
            `${path} with the value ${JSON.stringify(change)}, as op test asks: it has ${JSON.stringify(known)}`,
          );
        });
        return Array.isArray(holder)
          ? holder.with(Number(key), tested)
          : { ...(holder as object), [key]: tested };
      });
    case "copy":
    case "move": {
      const moved = valueAt(value, steps(from), from);
      const rest =
        op === "move"
          ? changedAt(value, steps(from), from, (holder, key) => removed(holder, key, from))
          : value;
      return changedAt(rest, steps(path), path, (holder, key) => added(holder, key, moved, path));
    }
  }
}

type Change = (holder: unknown, key: string) => unknown;

/** The value with a change to what holds the last step. */
function changedAt(value: unknown, path: readonly string[], pointer: string, change: Change): unknown {
  return edited(value, (known) => {
    const [key = "", ...below] = path;
    if (below.length === 0) return change(known, key);
    const inner = changedAt(found(known, key, pointer), below, pointer, change);
    return Array.isArray(known)
      ? known.with(index(known, key, pointer), inner)
      : { ...(known as object), [key]: inner };
  });
}

function valueAt(value: unknown, path: readonly string[], pointer: string): unknown {
  return edited(value, (known) => {
    const [key, ...below] = path;
    return key === undefined ? known : valueAt(found(known, key, pointer), below, pointer);
  });
}

/** @throws JsonPatchError */
function found(holder: unknown, key: string, pointer: string): unknown {
  if (Array.isArray(holder)) return holder[index(holder, key, pointer)];
  if (isKnownMap(holder) && Object.hasOwn(holder, key) && holder[key] !== undefined) return holder[key];
  const keys = isKnownMap(holder) ? Object.keys(holder) : [];
  throw new JsonPatchError(
    `a path that is there: ${pointer} has no ${key}${keys.length > 0 ? `, there is ${keys.join(", ")}` : ""}`,
  );
}

function index(holder: readonly unknown[], key: string, pointer: string): number {
  if (/^(0|[1-9]\d*)$/.test(key) && Number(key) < holder.length) return Number(key);
  throw new JsonPatchError(
    `a path that is there: ${pointer} has no item ${key}, the list has ${holder.length}`,
  );
}

function added(holder: unknown, key: string, value: unknown, pointer: string): unknown {
  if (Array.isArray(holder)) {
    const at = key === "-" || key === String(holder.length) ? holder.length : index(holder, key, pointer);
    return holder.toSpliced(at, 0, value);
  }
  if (isKnownMap(holder)) return { ...holder, [key]: value };
  throw new JsonPatchError(`a path that is there: ${pointer} leads below what is no object and no list`);
}

function removed(holder: unknown, key: string, pointer: string): unknown {
  found(holder, key, pointer);
  if (Array.isArray(holder)) return holder.toSpliced(index(holder, key, pointer), 1);
  const { [key]: _gone, ...rest } = holder as Record<string, unknown>;
  return rest;
}
