// The `ai` package with `@ai-sdk/openai-compatible` against `yoke serve`.
// Usage: node ai.mjs BASE_URL CASE
import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const [baseURL, name] = process.argv.slice(2);
const yoke = createOpenAICompatible({
  name: "yoke",
  baseURL,
  apiKey: process.env.YOKE_KEY ?? "none",
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const tools = {
  weather: tool({
    description: "The weather of a place.",
    inputSchema: z.object({ place: z.string() }),
    execute: async ({ place }) => `3 degrees in ${place}`,
  }),
};

const cases = {
  async generate() {
    const result = await generateText({ model: yoke("route/default"), prompt: "think hello" });
    assert.equal(result.text, "hello");
    assert.equal(result.reasoningText, "I think.");
    assert.ok(result.usage.totalTokens > 0);
  },
  async tools() {
    for (const model of ["route/default", "agent/clerk"]) {
      const result = await generateText({
        model: yoke(model),
        prompt: "tool Oslo",
        tools,
        stopWhen: stepCountIs(4),
      });
      assert.equal(result.text, "It is 3 degrees in Oslo.");
      assert.equal(result.steps.length, 2);
    }
  },
  async stream() {
    const result = streamText({
      model: yoke("route/default"),
      prompt: "tool Oslo",
      tools,
      stopWhen: stepCountIs(4),
    });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    assert.equal(text, "It is 3 degrees in Oslo.");
    assert.ok((await result.totalUsage).totalTokens > 0);
  },
  async object() {
    const result = await generateObject({
      model: yoke("route/default"),
      prompt: "json",
      schema: z.object({ n: z.number() }),
    });
    assert.deepEqual(result.object, { n: 4 });
  },
  async embed() {
    const { embedding } = await embed({ model: yoke.textEmbeddingModel("lab/e"), value: "abc" });
    assert.equal(embedding.length, 8);
  },
};

await cases[name]();
