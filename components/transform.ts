/** A change to the args of one child resource, before it is made: takes what the component would pass, answers what to pass. */
export type Transform<Args> = (args: Args) => Args;

/** One optional transform per child of a component. */
export type Transforms<Children> = { [Child in keyof Children]?: Transform<Children[Child]> };

export function transformed<Args>(args: Args, transform: Transform<Args> | undefined): Args {
  return transform === undefined ? args : transform(args);
}
