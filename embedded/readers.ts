import type { RouterName } from "../components/routers";
import type { Reader } from "./data-plane";
import { readTraefik } from "./traefik";

/** The routers whose objects the embedded data plane reads. */
export const readers = { traefik: readTraefik } as const satisfies Partial<Record<RouterName, Reader>>;

export type ReadableRouter = keyof typeof readers;

export const readableRouters = Object.keys(readers) as ReadableRouter[];
