/** Changes of headers as routers' objects have them. */
import type { HeaderChanges } from "./router";

interface AsLists {
  readonly set?: readonly { readonly name: string; readonly value: string }[];
  readonly remove?: readonly string[];
}

/** A list of names with values, and a list of names; neither if it is empty. */
export function asLists({ set, remove }: HeaderChanges): AsLists {
  const values = Object.entries(set).map(([name, value]) => ({ name, value }));
  return { ...(values.length > 0 && { set: values }), ...(remove.length > 0 && { remove }) };
}

/** A map from names to values, and a list of names; neither if it is empty. */
export const mapped = ({ set, remove }: HeaderChanges): Partial<HeaderChanges> => ({
  ...(Object.keys(set).length > 0 && { set }),
  ...(remove.length > 0 && { remove }),
});
