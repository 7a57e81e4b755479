import { UserError } from "../base/user-error";
import { findProject } from "../offline/find-project";
import { selectedStack } from "../offline/selected-stack";
import { stackNames } from "../offline/stack-names";

/** The stack that `pulumi stack select` chose. @throws UserError if none is chosen */
export function chosenStack(): string {
  const folder = findProject(process.cwd());
  const selected = selectedStack(folder);
  if (selected !== undefined) return selected;
  const names = stackNames(folder);
  throw new UserError(
    names.length === 0
      ? "-s is missing, and there is no stack file here"
      : `-s is missing: give one of ${names.join(", ")}; or choose one by pulumi stack select`,
  );
}
