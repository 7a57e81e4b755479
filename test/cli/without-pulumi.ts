/** Leaves this process without Pulumi's CLI, wherever one may be: returns what undoes that. */
export function withoutPulumi(folder: string): () => void {
  const { PATH, PULUMI_HOME } = process.env;
  Object.assign(process.env, { PATH: folder, PULUMI_HOME: folder });
  return () => {
    process.env.PATH = PATH;
    if (PULUMI_HOME === undefined) delete process.env.PULUMI_HOME;
    else process.env.PULUMI_HOME = PULUMI_HOME;
  };
}
