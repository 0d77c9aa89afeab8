import type { Detector } from "./detector.ts";
import { isStandIn } from "./stand-ins.ts";

/** Passwords inside URLs: `postgres://user:password@host`, `https://user:token@host`; only the password is marked. */
export const urlCredentials: Detector = {
  name: "url_credentials",
  kinds: ["url_credentials", "connection_string", "slack_webhook", "azure_key"],
  run({ text, assignments }, emit, tick) {
    for (const colon of assignments) {
      tick();
      if (text.charCodeAt(colon + 1) !== 47 || text.charCodeAt(colon + 2) !== 47) continue;
      const authority = colon + 3;
      if (text.startsWith("hooks.slack.com/", authority)) {
        slackHook.lastIndex = authority;
        const hook = slackHook.exec(text);
        if (hook !== null) emit(authority, authority + hook[0].length, "slack_webhook", 0.97);
        continue;
      }
      userInfo.lastIndex = authority;
      const match = userInfo.exec(text);
      if (match === null) continue;
      const password = match[1]!;
      if (isStandIn(password) || commonStandIns.test(password)) continue;
      const end = authority + match[0].length - 1;
      const kind = webScheme.test(text.slice(Math.max(0, colon - 6), colon))
        ? "url_credentials"
        : "connection_string";
      emit(end - password.length, end, kind, 0.95);
    }
  },
};

// The user may be empty (redis://:password@host); a password may hold a slash only if percent-encoded, as URLs want it.
const userInfo = /[^\s:@/?#"'`<>\\]{0,128}:([^\s@/?#"'`<>\\]{1,256})@(?=[A-Za-z0-9[$_{])/y;
const slackHook = /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{20,200}/y;
const webScheme = /(?:^|[^A-Za-z0-9+.-])(?:https?|ftps?|wss?|git|ssh)$/i;
const commonStandIns = /^(?:pass(?:word|wd)?|pwd|pw|secret|token|x+|\.+|\*+|credentials)$/i;
