/**
 * The part of the AI SDK's language model interface that is used here, as versions 2, 3 and 4 of it have it in common.
 * Written out so that nothing of the SDK has to be installed.
 */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  doStream(options: AiSdkOptions): PromiseLike<{
    readonly stream: ReadableStream<AiSdkStreamPart>;
    readonly response?: { readonly headers?: Readonly<Record<string, string>> };
  }>;
}

/** What a model is asked. */
export interface AiSdkOptions {
  readonly prompt: AiSdkMessage[];
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: string[];
  readonly seed?: number;
  readonly responseFormat?: { type: "text" } | { type: "json"; schema?: object; name?: string };
  readonly tools?: { type: "function"; name: string; description?: string; inputSchema: object }[];
  readonly toolChoice?:
    | { type: "auto" }
    | { type: "none" }
    | { type: "required" }
    | { type: "tool"; toolName: string };
  readonly abortSignal?: AbortSignal;
}

/** A turn. */
export type AiSdkMessage =
  | { role: "system"; content: string }
  | { role: "user" | "assistant" | "tool"; content: AiSdkPart[] };

/** A piece of a turn. */
export type AiSdkPart =
  | { type: "text"; text: string }
  | { type: "file"; mediaType: string; data: unknown }
  | { type: "reasoning"; text: string; providerOptions?: AiSdkMetadata }
  | {
      type: "tool-call";
      toolCallId: string;
      toolName: string;
      input: unknown;
      providerOptions?: AiSdkMetadata;
    }
  | {
      type: "tool-result";
      toolCallId: string;
      toolName: string;
      output: { type: "text" | "error-text"; value: string };
    };

/** What belongs to one provider only, such as signatures. Opaque here. */
export type AiSdkMetadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A piece of an answer. Whatever else a version sends arrives here too, and is left alone. */
export interface AiSdkStreamPart {
  readonly type: string;
  readonly id?: string;
  readonly modelId?: string;
  readonly delta?: string;
  readonly toolName?: string;
  readonly toolCallId?: string;
  readonly input?: unknown;
  readonly providerMetadata?: AiSdkMetadata;
  readonly warnings?: readonly unknown[];
  readonly error?: unknown;
  readonly usage?: unknown;
  readonly finishReason?: unknown;
}
