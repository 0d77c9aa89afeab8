/** In what a provider of the OpenAI format differs from OpenAI. */
export interface OpenAiFlavour {
  /** The name by which errors call it. */
  readonly name: string;
  /** The field of the output limit. */
  readonly maxTokensField: "max_completion_tokens" | "max_tokens";
  /** The field of the seed; undefined where sampling cannot be made repeatable. */
  readonly seedField: "seed" | "random_seed" | undefined;
  /** Whether usage in a stream must be asked for; the others send it unasked, and may refuse the question. */
  readonly asksForStreamUsage: boolean;
  /** Whether answers can follow a JSON schema. */
  readonly jsonSchema: boolean;
  /** Whether documents can be sent. */
  readonly documents: boolean;
  /** Whether the thoughts behind tool calls must come back with them. */
  readonly returnsReasoning: boolean;
  /** Whether the model stands in the path, as in Azure's deployments, rather than in the body only. */
  readonly modelInPath: boolean;
}

/** OpenAI itself; the others are written as what differs. */
export const openAiFlavour: OpenAiFlavour = {
  name: "OpenAI",
  maxTokensField: "max_completion_tokens",
  seedField: "seed",
  asksForStreamUsage: true,
  jsonSchema: true,
  documents: true,
  returnsReasoning: false,
  modelInPath: false,
};

/** Everything else that claims to be compatible: the older, more widely understood words. */
export const compatibleFlavour: OpenAiFlavour = {
  ...openAiFlavour,
  name: "OpenAI-compatible",
  maxTokensField: "max_tokens",
  documents: false,
};

/** Groq: OpenAI's newer output limit, no documents. */
export const groqFlavour: OpenAiFlavour = { ...openAiFlavour, name: "Groq", documents: false };

/** Mistral: its own name for the seed; usage comes unasked. */
export const mistralFlavour: OpenAiFlavour = {
  ...compatibleFlavour,
  name: "Mistral",
  seedField: "random_seed",
  asksForStreamUsage: false,
};

/** DeepSeek: JSON, but by no schema; its thoughts go back with tool calls. */
export const deepSeekFlavour: OpenAiFlavour = {
  ...compatibleFlavour,
  name: "DeepSeek",
  seedField: undefined,
  jsonSchema: false,
  returnsReasoning: true,
};
