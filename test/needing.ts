/** A title that says why its tests are pending, if something is lacking here. */
export const needing = (lacking: string | undefined, title: string): string =>
  lacking === undefined ? title : `${title} (needs ${lacking})`;
