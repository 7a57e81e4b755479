/** Tells a team's chat, or any webhook, how a rollout goes. It neither delays a rollout nor brings one down. */
import { type Notice, noticeKinds } from "../../../components/notices";
import type { NoticeSettings } from "../../../stacks/schema/rollout";
import type { Listener, RolloutEvent } from "../../journal/events";
import { noticeOf } from "./notice";

export interface Notices {
  readonly listener: Listener;
  /** Resolves once all is sent, or the time for it is over. */
  flush(): Promise<void>;
}

interface Options {
  readonly stack: string;
  /** Where the variables are that the settings name. */
  readonly env: NodeJS.ProcessEnv;
  /** Gets a line for each notice that did not get through. */
  readonly warn: (line: string) => void;
}

const TIMEOUT_MS = 10_000;
const FLUSH_MS = 5000;
/** A Teams message takes 28 KB. */
const MOST_CHARACTERS = 3000;

/** Who has no address is told nothing, which is a warning. */
export function notices(settings: readonly NoticeSettings[], options: Options): Notices {
  const { env, warn } = options;
  for (const problem of addressProblems(settings, env)) warn(`warning: ${problem}`);
  const receivers = settings.flatMap((each) => {
    const url = addressIn(env, each.urlFrom);
    return url === undefined ? [] : [receiver(each, url, options)];
  });
  return {
    listener: (event) => {
      for (const { tell } of receivers) tell(event);
    },
    flush: async () => {
      const timer = setTimeout(() => {
        for (const { cancel } of receivers) cancel();
      }, FLUSH_MS);
      await Promise.all(receivers.map(({ sent }) => sent()));
      clearTimeout(timer);
    },
  };
}

/** One who is told, in order: a notice waits for the one before it. */
function receiver({ kind, urlFrom, on }: NoticeSettings, url: URL, { stack, warn }: Options) {
  const over = new AbortController();
  let queue = Promise.resolve();
  let id = "";
  return {
    tell(event: RolloutEvent): void {
      if ("id" in event) id = event.id;
      const notice = noticeOf(event, stack);
      if (notice === undefined || !on.includes(notice.occasion)) return;
      const message = noticeKinds[kind].message({ notice: cut(notice), event, stack, id });
      queue = queue.then(async () => {
        const failure = await post(url, message, over.signal);
        if (failure !== undefined) warn(`warning: notice to ${kind}, address in ${urlFrom}: ${failure}`);
      });
    },
    sent: () => queue,
    cancel: () => over.abort(),
  };
}

/** @returns why it did not get through. The answer is no part of it, as it may repeat the address, which is a secret. */
async function post(url: URL, message: object, over: AbortSignal): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message),
      redirect: "manual",
      signal: AbortSignal.any([timeout, over]),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `answered with status ${answer.status}`;
  } catch {
    if (over.aborted) return `not sent within ${FLUSH_MS / 1000} s of the end`;
    return timeout.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : "can't be reached";
  }
}

/** The variables that hold no address, a line each without what they hold. */
export function addressProblems(settings: readonly NoticeSettings[], env: NodeJS.ProcessEnv): string[] {
  return settings
    .filter(({ urlFrom }) => addressIn(env, urlFrom) === undefined)
    .map(({ urlFrom }) => {
      const found = env[urlFrom] ? "does not hold one" : "is not set";
      return `environment variable ${urlFrom}, of rollout.notices, ${found}; set it to an address without a name or password in it`;
    });
}

function addressIn(env: NodeJS.ProcessEnv, variable: string): URL | undefined {
  const text = env[variable] ?? "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url !== undefined && ["http:", "https:"].includes(url.protocol);
  return isWeb && url.username === "" && url.password === "" ? url : undefined;
}

const cut = (notice: Notice): Notice =>
  notice.detail !== undefined && notice.detail.length > MOST_CHARACTERS
    ? { ...notice, detail: `${notice.detail.slice(0, MOST_CHARACTERS)}...` }
    : notice;
