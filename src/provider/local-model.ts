/** The part of node-llama-cpp (version 3) that is used here, written out so that nothing of it has to be installed. */
export interface LlamaModule {
  getLlama(): Promise<Llama>;
  readonly LlamaChatSession: new (options: {
    contextSequence: LlamaSequence;
    systemPrompt?: string;
  }) => LlamaSession;
}

/** The binding. */
export interface Llama {
  loadModel(options: { modelPath: string; gpuLayers?: number }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: object): Promise<unknown>;
  getGrammarFor(type: "json"): Promise<unknown>;
  dispose(): Promise<void>;
}

/** Weights in memory. */
interface LlamaModel {
  createContext(options: { sequences: number; contextSize?: number }): Promise<LlamaContext>;
}

/** Room for conversations under way. */
export interface LlamaContext {
  readonly sequencesLeft: number;
  getSequence(): LlamaSequence;
}

/** Room for one conversation. */
interface LlamaSequence {
  readonly tokenMeter: { readonly usedInputTokens: number; readonly usedOutputTokens: number };
}

/** A turn of a conversation. */
export type LlamaTurn =
  | { type: "system"; text: string }
  | { type: "user"; text: string }
  | { type: "model"; response: string[] };

/** One conversation. */
export interface LlamaSession {
  setChatHistory(history: LlamaTurn[]): void;
  promptWithMeta(
    prompt: string,
    options: {
      signal: AbortSignal;
      onResponseChunk: (chunk: LlamaChunk) => void;
      maxTokens?: number;
      temperature?: number;
      topP?: number;
      seed?: number;
      customStopTriggers?: string[];
      grammar?: unknown;
    },
  ): Promise<{ readonly stopReason: string }>;
  dispose(options: { disposeSequence: boolean }): void;
}

/** A piece of an answer: text, or a segment such as a thought. */
export interface LlamaChunk {
  readonly type: "segment" | undefined;
  readonly text: string;
}
