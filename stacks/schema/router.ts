/** What the registry of routers makes of the settings. */
import * as z from "zod";
import { keyOf } from "../../components/fields";
import { routerNames, routers } from "../../components/routers";

/** A router's name. */
export const router = keyOf(routers);

/** Settings of routers by name, of the stack or of an app. */
export const routerSettings = z.strictObject(
  Object.fromEntries(
    routerNames().map((name) => [
      name,
      routers[name].settings.describe(`${routers[name].traits.summary}.`).optional(),
    ]),
  ),
);
