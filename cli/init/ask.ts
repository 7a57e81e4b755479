/** InitAnswers to the questions: from options, else from a person, else from defaults. */
import { UserError } from "../../base/user-error";
import { type InitAnswers, type QuestionName, questionNames, questions, refusalOf } from "./questions";

/** Asks a person one question. */
export type Asker = (
  name: QuestionName,
  fallback: string | undefined,
  answers: InitAnswers,
) => Promise<string>;

const flagOf = (name: QuestionName): string => /--[\w-]+/.exec(questions[name].flags)?.[0] ?? name;

/**
 * @param given what options say
 * @param fallbacks answers that the folder gives
 * @param ask undefined without a terminal
 * @throws UserError with a line for each answer that is wrong or missing
 */
export async function answered(
  given: InitAnswers,
  fallbacks: InitAnswers,
  ask: Asker | undefined,
): Promise<InitAnswers> {
  const wrong = questionNames.flatMap((name) => wrongLine(name, given[name]));
  if (wrong.length > 0 && ask !== undefined) throw new UserError(wrong.join("\n"));
  let answers = given;
  const missing: string[] = [];
  for (const name of questionNames) {
    const { isAsked, isNeeded, fallback } = questions[name];
    if (answers[name] !== undefined || !isAsked(answers)) continue;
    const otherwise = fallbacks[name] ?? fallback?.(answers);
    const answer = ask === undefined ? otherwise : await ask(name, otherwise, answers);
    if (answer) answers = { ...answers, [name]: answer };
    else if (isNeeded(answers)) missing.push(missingLine(name));
  }
  const refused = [...wrong, ...missing, ...unaskedLines(given, answers)];
  if (refused.length > 0) throw new UserError(refused.join("\n"));
  return answers;
}

function missingLine(name: QuestionName): string {
  const { message, choices } = questions[name];
  return `${flagOf(name)} is missing: ${message}${choices === undefined ? "" : `, one of ${choices.join(", ")}`}`;
}

function wrongLine(name: QuestionName, answer: string | undefined): string[] {
  const allowed = answer === undefined ? undefined : refusalOf(name, answer);
  return allowed === undefined ? [] : [`${flagOf(name)} ${answer}: allowed: ${allowed}`];
}

function unaskedLines(given: InitAnswers, answers: InitAnswers): string[] {
  const { platform, from } = answers;
  if (platform === undefined || refusalOf("platform", platform) !== undefined) return [];
  const beside = from === undefined ? `--platform ${platform}` : `--from-${from}`;
  return questionNames
    .filter((name) => given[name] !== undefined && !questions[name].isAsked(answers))
    .map((name) => `${flagOf(name)} ${given[name]}: not with ${beside}`);
}

/** A person at a terminal. Ctrl-C ends it. */
export const atTerminal: Asker = async (name, fallback, answers) => {
  const { isCancel, select, text } = await import("@clack/prompts");
  const { message, choices, isNeeded } = questions[name];
  const validate = (answer = ""): string | undefined => {
    if (answer === "" && (fallback !== undefined || !isNeeded(answers))) return undefined;
    const allowed = refusalOf(name, answer);
    return allowed && `Allowed: ${allowed}`;
  };
  const answer =
    choices === undefined
      ? await text({ message, validate, ...(fallback && { placeholder: fallback, defaultValue: fallback }) })
      : await select({
          message,
          options: choices.map((value) => ({ value, label: value })),
          ...(fallback && { initialValue: fallback }),
        });
  if (isCancel(answer)) throw new UserError("canary init: cancelled; nothing was written");
  return answer ?? "";
};
