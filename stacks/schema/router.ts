/** What the registry of routers makes of the settings. */
import * as z from "zod";
import { routerNames, routers } from "../../components/routers";

/** A router's name. */
export const router = z.enum(routerNames, { error: `one of ${routerNames.join(", ")}` });

/** Settings of routers by name, of the stack or of an app. */
export const routerSettings = z.strictObject(
  Object.fromEntries(routerNames.map((name) => [name, routers[name].settings.optional()])),
);
