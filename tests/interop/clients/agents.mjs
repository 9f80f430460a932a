// The `@openai/agents` package against `yoke serve`. Usage: node agents.mjs BASE_URL CASE
import assert from "node:assert/strict";
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
} from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";

const [baseURL, name] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: process.env.YOKE_KEY ?? "none", maxRetries: 0 });
setTracingDisabled(true);

const weather = tool({
  name: "weather",
  description: "The weather of a place.",
  parameters: z.object({ place: z.string() }),
  execute: async ({ place }) => `3 degrees in ${place}`,
});
const agentOn = (model) =>
  new Agent({ name: "Clerk", instructions: "Be brief.", tools: [weather], model });

const cases = {
  async chat() {
    const agent = agentOn(new OpenAIChatCompletionsModel(client, "route/default"));
    assert.equal((await run(agent, "tool Oslo")).finalOutput, "It is 3 degrees in Oslo.");
  },
  async responses() {
    const agent = agentOn(new OpenAIResponsesModel(client, "route/default"));
    const result = await run(agent, "tool Oslo");
    assert.equal(result.finalOutput, "It is 3 degrees in Oslo.");
    const next = await run(agent, [...result.history, { role: "user", content: "first" }]);
    assert.equal(next.finalOutput, "You first said: tool Oslo");
  },
  async stream() {
    const agent = agentOn(new OpenAIResponsesModel(client, "route/default"));
    const result = await run(agent, "tool Oslo", { stream: true });
    let text = "";
    for await (const piece of result.toTextStream()) text += piece;
    await result.completed;
    assert.equal(text, "It is 3 degrees in Oslo.");
  },
};

await cases[name]();
