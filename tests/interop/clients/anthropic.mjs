// The `@anthropic-ai/sdk` package against `yoke serve`. Usage: node anthropic.mjs BASE_URL CASE
// Fails by an assertion; says on standard output what the test goes on with.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const [url, name] = process.argv.slice(2);
const baseURL = url.replace(/\/v1$/, "");
const client = new Anthropic({ baseURL, apiKey: process.env.YOKE_KEY ?? "none", maxRetries: 0 });
const asked = (text, more = {}) => ({
  model: "route/default",
  max_tokens: 3000,
  messages: [{ role: "user", content: text }],
  ...more,
});
const weather = {
  name: "weather",
  description: "The weather of a place.",
  input_schema: { type: "object", properties: { place: { type: "string" } } },
};
const thinking = { type: "enabled", budget_tokens: 1024 };

async function failure(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  assert.fail("it did not fail");
}

const cases = {
  async create() {
    const { data, request_id } = await client.messages.create(asked("say hello")).withResponse();
    assert.equal(data.type, "message");
    assert.equal(data.role, "assistant");
    assert.match(data.id, /^msg_/);
    assert.deepEqual(data.content, [{ type: "text", text: "hello" }]);
    assert.equal(data.stop_reason, "end_turn");
    assert.ok(data.usage.input_tokens > 0);
    assert.ok(request_id);
  },

  async stream() {
    const seen = [];
    const stream = client.messages.stream(asked("say hello there, world"));
    stream.on("text", (text) => seen.push(text));
    const message = await stream.finalMessage();
    assert.equal(seen.join(""), "hello there, world");
    assert.equal(message.content[0].text, "hello there, world");
    assert.equal(message.stop_reason, "end_turn");
    assert.ok(message.usage.output_tokens > 0);
  },

  async tools() {
    for (const streams of [false, true]) {
      const request = asked("tool Oslo", { tools: [weather] });
      const ask = (body) =>
        streams ? client.messages.stream(body).finalMessage() : client.messages.create(body);
      const first = await ask(request);
      assert.equal(first.stop_reason, "tool_use");
      const call = first.content.find((block) => block.type === "tool_use");
      assert.equal(call.name, "weather");
      assert.deepEqual(call.input, { place: "Oslo" });
      const messages = [
        ...request.messages,
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }],
        },
      ];
      const last = await ask({ ...request, messages });
      assert.equal(last.content.at(-1).text, "It is rain.");
      assert.equal(last.stop_reason, "end_turn");
    }
  },

  async thinking() {
    for (const streams of [false, true]) {
      const ask = (body) =>
        streams ? client.messages.stream(body).finalMessage() : client.messages.create(body);
      const request = asked("think hello", { thinking });
      const first = await ask(request);
      assert.deepEqual(first.content.map((block) => block.type), ["thinking", "text"]);
      assert.equal(first.content[0].thinking, "I think.");
      assert.match(first.content[0].signature, /^yoke1\./);
      const messages = [
        ...request.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: "first" },
      ];
      const last = await ask({ ...request, messages });
      assert.equal(last.content.at(-1).text, "You first said: think hello");
      const plain = await ask(asked("think hello"));
      assert.deepEqual(plain.content, [{ type: "text", text: "hello" }]);
    }
  },

  async stop_sequence() {
    const request = asked("stop END", { stop_sequences: ["THERE", "END"] });
    for (const streams of [false, true]) {
      const ask = (body) =>
        streams ? client.messages.stream(body).finalMessage() : client.messages.create(body);
      const met = await ask(request);
      assert.equal(met.stop_reason, "stop_sequence");
      assert.equal(met.stop_sequence, "END");
      assert.deepEqual(met.content, [{ type: "text", text: "as far as this" }]);
      const none = await ask(asked("say hello", { stop_sequences: ["END"] }));
      assert.equal(none.stop_reason, "end_turn");
      assert.equal(none.stop_sequence, null);
    }
  },

  async errors() {
    const gone = await failure(() => client.messages.create(asked("say x", { model: "nobody" })));
    assert.ok(gone instanceof Anthropic.NotFoundError);
    assert.equal(gone.error.error.type, "not_found_error");
    assert.ok(gone.requestID);
    const wrong = await failure(() =>
      client.messages.create(asked([{ type: "hologram" }])),
    );
    assert.ok(wrong instanceof Anthropic.BadRequestError);
    assert.equal(wrong.error.error.type, "invalid_request_error");
    assert.match(wrong.message, /messages\.0\.content\.0: a block of type 'hologram'/);
    const tool = await failure(() =>
      client.messages.create(
        asked("say x", { tools: [{ type: "web_search_20250305", name: "web_search" }] }),
      ),
    );
    assert.match(tool.message, /web_search_20250305/);
  },

  async abort() {
    const stream = client.messages.stream(asked("say x", { model: "silent/m" }));
    const [event] = await new Promise((resolve, reject) => {
      stream.on("streamEvent", (...all) => resolve(all));
      stream.on("error", reject);
    });
    console.log(event.message.id.replace(/^msg_/, ""));
    stream.abort();
    await failure(() => stream.finalMessage());
  },

  async count() {
    const short = await client.messages.countTokens({
      model: "route/default",
      messages: [{ role: "user", content: "hello" }],
    });
    const long = await client.messages.countTokens({
      model: "route/default",
      messages: [{ role: "user", content: "hello ".repeat(1000) }],
    });
    assert.ok(short.input_tokens > 0);
    assert.ok(long.input_tokens > short.input_tokens + 1000);
  },

  async agent() {
    const message = await client.messages.create(
      asked("count one two three", { model: "agent/clerk" }),
    );
    assert.equal(message.content.at(-1).text, "There are 3 words.");
    const streamed = await client.messages
      .stream(asked("count one two", { model: "agent/clerk" }))
      .finalMessage();
    assert.equal(streamed.content.at(-1).text, "There are 2 words.");
  },

  async agent_tools() {
    const request = asked("tool Oslo", { model: "agent/clerk", tools: [weather] });
    const first = await client.messages.create(request);
    assert.equal(first.stop_reason, "tool_use");
    const call = first.content.find((block) => block.type === "tool_use");
    const last = await client.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }],
        },
      ],
    });
    assert.notEqual(last.id, first.id);
    assert.equal(last.content.at(-1).text, "It is rain.");
  },
};

await cases[name]();
