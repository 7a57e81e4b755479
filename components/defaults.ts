/** Arguments with the defaults of those that are left out, or undefined. */
export function withDefaults<Args extends object, Defaults extends Partial<Args>>(
  args: Args,
  defaults: Defaults,
): Complete<Args, keyof Defaults> {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as unknown as Complete<Args, keyof Defaults>;
}

/** Arguments of which some that may be left out are there. */
export type Complete<Args, Keys> = Omit<Args, Keys & keyof Args> & Required<Pick<Args, Keys & keyof Args>>;
