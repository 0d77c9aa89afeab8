import {
  type Part,
  Role,
  type RouteInput,
  ToolChoice_Mode,
  type Turn,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { normalise, wordsOf } from "./normalise.ts";

/** What of a conversation the classifier reads. */
export interface Conversation {
  /** What is asked now: the last turn of the user. */
  current: string;
  /** What the user asked before, latest first; at most 3. */
  former: readonly string[];
  /** What the application told the model. */
  system: string;
  /** What came from tools since the model last answered: text that nobody vouches for. */
  foreign: readonly string[];
  /** Whether the last turn is the result of a tool. */
  awaitsToolResult: boolean;
  /** Names and descriptions of the tools that may be called; empty where none may. */
  tools: readonly string[];
  /** Whether some tool has to be called. */
  toolRequired: boolean;
  /** Whether the answer has to be JSON. */
  json: boolean;
}

/** Read what matters out of a request; the older turns only say what a short follow-up is about. */
export function readConversation(input: RouteInput): Conversation {
  const asked = input.turns.filter((turn) => turn.role === Role.USER).map(textOf);
  const mode = input.options?.toolChoice?.mode ?? ToolChoice_Mode.UNSPECIFIED;
  const latest = input.turns.findLastIndex((turn) => turn.role === Role.USER);
  return {
    current: asked.at(-1) ?? "",
    former: asked.slice(0, -1).slice(-3).reverse(),
    system: input.turns
      .filter((turn) => turn.role === Role.SYSTEM)
      .map(textOf)
      .join("\n"),
    foreign: input.turns
      .slice(Math.max(0, latest))
      .filter((turn) => turn.role === Role.TOOL)
      .slice(-8)
      .map(textOf),
    awaitsToolResult: input.turns.at(-1)?.role === Role.TOOL,
    tools: mode === ToolChoice_Mode.NONE ? [] : input.tools.map((tool) => `${tool.name} ${tool.description}`),
    toolRequired: mode === ToolChoice_Mode.REQUIRED,
    json: input.responseFormat?.format.case === "json",
  };
}

/**
 * Whether a turn only tells the model to go on with what was asked before ("ok, do it"), in any of ten languages.
 * Thanks and greetings are not: they end or open something.
 */
export function continuesFormer(text: string): boolean {
  if (text.length > 80) return false;
  const words = wordsOf(normalise(text));
  if (words.length === 0) return true;
  if (words.length > 8) return false;
  const joined = words.join(" ");
  return CONTINUES.test(joined) || words.every((word) => FILLERS.has(word));
}

const FILLERS = new Set(
  `ok okay yes yeah yep yup sure right fine good great perfect cool do it that this go ahead on please now then continue proceed again try retry
  more next first second third one option the a and let's lets just so well keep going carry start all of them same here me i agree exactly correct finish
  no not quite yet still also with number try answer redo retry both either
  si dale vale claro hazlo continua sigue adelante otra vez por favor de acuerdo ja mach das bitte weiter gerne genau noch mal nochmal
  oui vas y d'accord continue encore fais le sim pode fazer continue isso certo claro
  да давай продолжай дальше хорошо ок ещё еще раз نعم تابع استمر حسنا हाँ हां जारी रखें ठीक है`.split(/\s+/),
);
const CONTINUES =
  /^(?:好的?|好吧|可以|继续|繼續|请继续|再来一次|再试一次|行|嗯|是的?|对|没错|开始吧|はい|続けて(?:ください)?|お願いします|もう一度|네|계속해?)$/u;

/** The text of a turn's parts, in order, joined by blank lines. */
export function textOf(turn: Turn): string {
  return turn.parts
    .map(partText)
    .filter((text) => text !== "")
    .join("\n\n");
}

function partText(part: Part): string {
  switch (part.content.case) {
    case "text":
      return part.content.value;
    case "toolResult":
      return part.content.value.content;
    case "toolCall":
      return part.content.value.argumentsJson;
    case "reasoning":
    case "media":
    case undefined:
      return "";
  }
}
