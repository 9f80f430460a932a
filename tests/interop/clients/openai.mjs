// The `openai` package against `yoke serve`. Usage: node openai.mjs BASE_URL CASE
// Fails by an assertion; says on standard output what the test goes on with.
import assert from "node:assert/strict";
import OpenAI from "openai";

const [baseURL, name] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: process.env.YOKE_KEY ?? "none", maxRetries: 0 });
const ask = (text, more = {}) =>
  client.chat.completions.create({
    model: "route/default",
    messages: [{ role: "user", content: text }],
    ...more,
  });
const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "The weather of a place.",
    parameters: { type: "object", properties: { place: { type: "string" } } },
  },
};

async function failure(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  assert.fail("it did not fail");
}

const cases = {
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.deepEqual(ids, ["agent/clerk", "route/default", "demo/talker"]);
    assert.equal((await client.models.retrieve("agent/clerk")).id, "agent/clerk");
    assert.equal((await client.models.retrieve("talker")).id, "demo/talker");
    const gone = await failure(() => client.models.retrieve("agent/clark"));
    assert.ok(gone instanceof OpenAI.NotFoundError);
    assert.equal(gone.code, "model_not_found");
  },

  async chat() {
    const { data, request_id } = await ask("think hello").withResponse();
    assert.equal(data.choices[0].message.content, "hello");
    assert.equal(data.choices[0].message.reasoning_content, "I think.");
    assert.equal(data.choices[0].finish_reason, "stop");
    assert.ok(data.usage.total_tokens > 0);
    assert.ok(request_id);
  },

  async stream() {
    const stream = client.chat.completions.stream({
      model: "route/default",
      messages: [{ role: "user", content: "think hello there, world" }],
      stream_options: { include_usage: true },
    });
    let reasoning = "";
    stream.on("chunk", (chunk) => (reasoning += chunk.choices[0]?.delta.reasoning_content ?? ""));
    const whole = await stream.finalChatCompletion();
    assert.equal(whole.choices[0].message.content, "hello there, world");
    assert.equal(reasoning, "I think.");
    assert.ok(whole.usage.total_tokens > 0);
  },

  async tools() {
    for (const stream of [false, true]) {
      const runner = client.chat.completions.runTools({
        model: "route/default",
        stream,
        messages: [{ role: "user", content: "tool Oslo" }],
        tools: [
          {
            type: "function",
            function: {
              ...weather.function,
              parse: JSON.parse,
              function: ({ place }) => `3 degrees in ${place}`,
            },
          },
        ],
      });
      assert.equal(await runner.finalContent(), "It is 3 degrees in Oslo.");
    }
  },

  async structured() {
    const answer = await ask("json", {
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "count",
          schema: {
            type: "object",
            properties: { n: { type: "integer" } },
            required: ["n"],
          },
        },
      },
    });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { n: 4 });
  },

  async errors() {
    const missing = await failure(() => ask("say x", { model: "route/none" }));
    assert.ok(missing instanceof OpenAI.NotFoundError);
    const refused = await failure(() => ask("say x", { n: 2 }));
    assert.ok(refused instanceof OpenAI.BadRequestError);
    assert.equal(refused.param, "n");
    assert.equal(refused.type, "invalid_request_error");
    const down = await failure(() => ask("be overloaded", { model: "peer/m" }));
    assert.ok(down instanceof OpenAI.InternalServerError, String(down));
    const busy = await failure(() => ask("be busy", { model: "peer/m" }));
    assert.ok(busy instanceof OpenAI.RateLimitError, String(busy));
    const streamed = await failure(() => ask("be busy", { model: "peer/m", stream: true }));
    assert.ok(streamed instanceof OpenAI.RateLimitError, String(streamed));
  },

  async cut() {
    const error = await failure(async () => {
      const stream = await ask("break off", { model: "peer/m", stream: true });
      for await (const chunk of stream) assert.ok(chunk);
    });
    assert.ok(error instanceof OpenAI.APIError, String(error));
  },

  async abort() {
    const stream = await ask("say x", { model: "silent/m", stream: true });
    for await (const chunk of stream) {
      process.stdout.write(chunk.id.replace("chatcmpl-", "") + "\n");
      stream.controller.abort();
    }
  },

  async embeddings() {
    const floats = await client.embeddings.create({
      model: "lab/e",
      input: ["abc", "d"],
      dimensions: 3,
      encoding_format: "float",
    });
    assert.deepEqual(floats.data[0].embedding, [3, 97, 98]);
    const coded = await client.embeddings.create({
      model: "lab/e",
      input: ["abc", "d"],
      dimensions: 3,
    });
    assert.deepEqual(coded.data, floats.data);
    assert.ok(coded.usage.total_tokens > 0);
  },

  async agent() {
    const whole = await ask("count one two three", { model: "agent/clerk" });
    assert.equal(whole.choices[0].message.content, "There are 3 words.");
    const stream = await ask("count one two", { model: "agent/clerk", stream: true });
    let text = "";
    let thoughts = "";
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      thoughts += chunk.choices[0]?.delta.reasoning_content ?? "";
    }
    assert.equal(text, "There are 2 words.");
    assert.match(thoughts, /words\.count/);
  },

  async agent_history() {
    const answer = await client.chat.completions.create({
      model: "agent/clerk",
      messages: [
        { role: "user", content: "say my name is Ann" },
        { role: "assistant", content: "my name is Ann" },
        { role: "user", content: "first" },
      ],
    });
    assert.equal(answer.choices[0].message.content, "You first said: say my name is Ann");
    const headers = { "X-Yoke-Session": "talk-1" };
    const inSession = (content) =>
      client.chat.completions.create(
        { model: "agent/clerk", messages: [{ role: "user", content }] },
        { headers },
      );
    await inSession("say one");
    const second = await inSession("first");
    assert.equal(second.choices[0].message.content, "You first said: say one");
  },

  async agent_tools() {
    const runner = client.chat.completions.runTools({
      model: "agent/clerk",
      messages: [{ role: "user", content: "tool Oslo" }],
      tools: [
        {
          type: "function",
          function: {
            ...weather.function,
            parse: JSON.parse,
            function: ({ place }) => `3 degrees in ${place}`,
          },
        },
      ],
    });
    assert.equal(await runner.finalContent(), "It is 3 degrees in Oslo.");
  },

  async agent_asks() {
    const answer = await ask("open", { model: "agent/clerk" });
    assert.match(answer.choices[0].message.content, /Waiting for an answer/);
    assert.match(answer.choices[0].message.content, /yoke runs answer/);
  },

  async responses() {
    const first = await client.responses.create({ model: "route/default", input: "say my name" });
    assert.equal(first.output_text, "my name");
    assert.equal(first.status, "completed");
    const next = await client.responses.create({
      model: "route/default",
      input: "first",
      previous_response_id: first.id,
    });
    assert.equal(next.output_text, "You first said: say my name");
    assert.equal((await client.responses.retrieve(next.id)).output_text, next.output_text);
    const unkept = await client.responses.create({
      model: "route/default",
      input: "say x",
      store: false,
    });
    const gone = await failure(() => client.responses.retrieve(unkept.id));
    assert.ok(gone instanceof OpenAI.NotFoundError);
  },

  async responses_stream() {
    const stream = client.responses.stream({ model: "route/default", input: "think hello, you" });
    let reasoning = "";
    stream.on("event", (event) => {
      if (event.type === "response.reasoning_summary_text.delta") reasoning += event.delta;
    });
    const whole = await stream.finalResponse();
    assert.equal(whole.output_text, "hello, you");
    assert.equal(reasoning, "I think.");
    assert.ok(whole.usage.total_tokens > 0);
  },

  async responses_tools() {
    const tools = [{ type: "function", strict: false, ...weather.function }];
    for (const model of ["route/default", "agent/clerk"]) {
      const called = await client.responses.create({ model, input: "tool Oslo", tools });
      const call = called.output.find((item) => item.type === "function_call");
      assert.deepEqual(JSON.parse(call.arguments), { place: "Oslo" });
      const answered = await client.responses.create({
        model,
        tools,
        previous_response_id: called.id,
        input: [{ type: "function_call_output", call_id: call.call_id, output: "3 degrees in Oslo" }],
      });
      assert.equal(answered.output_text, "It is 3 degrees in Oslo.");
    }
  },

  async responses_input_items() {
    const first = await client.responses.create({ model: "route/default", input: "say one" });
    const next = await client.responses.create({
      model: "route/default",
      input: "first",
      previous_response_id: first.id,
    });
    const said = async (order) => {
      const texts = [];
      const items = client.responses.inputItems.list(next.id, { order, limit: 2 });
      for await (const item of items) texts.push(item.content[0].text);
      return texts;
    };
    assert.deepEqual(await said("asc"), ["say one", "one", "first"]);
    assert.deepEqual(await said("desc"), ["first", "one", "say one"]);
    const gone = await failure(() => client.responses.inputItems.list("resp_none"));
    assert.ok(gone instanceof OpenAI.NotFoundError);
  },

  async responses_again() {
    for (const [model, input] of [
      ["route/default", "think hello there, you"],
      ["agent/clerk", "count one two three"],
    ]) {
      const first = [];
      const stream = await client.responses.create({
        model,
        input,
        stream: true,
        background: true,
      });
      for await (const event of stream) first.push(event);
      const id = first[0].response.id;
      const told = (events) => {
        let text = "";
        const rest = [];
        for (const event of events) {
          if (event.type.endsWith(".delta")) text += event.delta;
          else rest.push([event.sequence_number, event.type]);
        }
        return { text, rest };
      };
      for (const seen of first) {
        const again = [];
        const options = { stream: true, starting_after: seen.sequence_number };
        for await (const event of await client.responses.retrieve(id, options)) again.push(event);
        const missed = first.filter((event) => event.sequence_number > seen.sequence_number);
        assert.deepEqual(told(again), told(missed));
      }
    }
  },

  // A tool loop with tools of the kinds that coding agents send.
  async responses_tool_kinds() {
    const tools = [
      {
        type: "custom",
        name: "weather",
        description: "The weather of a place.",
        format: { type: "grammar", syntax: "regex", definition: "[A-Za-z]+" },
      },
      {
        type: "namespace",
        name: "sky",
        description: "Looks up.",
        tools: [{ type: "function", strict: false, ...weather.function }],
      },
    ];
    const called = await client.responses.create({ model: "route/default", input: "tool Oslo", tools });
    const call = called.output.find((item) => item.type === "custom_tool_call");
    assert.equal(call.name, "weather");
    const answered = await client.responses.create({
      model: "route/default",
      tools,
      store: false,
      input: [
        { role: "user", content: "tool Oslo" },
        ...called.output,
        { type: "custom_tool_call_output", call_id: call.call_id, output: "3 degrees in Oslo" },
      ],
    });
    assert.equal(answered.output_text, "It is 3 degrees in Oslo.");
    const spaced = await client.responses.create({
      model: "route/default",
      input: "sky Oslo",
      tools,
    });
    const looked = spaced.output.find((item) => item.type === "function_call");
    assert.deepEqual([looked.namespace, looked.name], ["sky", "weather"]);
  },

  async responses_background() {
    const begun = await client.responses.create({
      model: "silent/m",
      input: "say x",
      background: true,
    });
    assert.ok(["queued", "in_progress"].includes(begun.status));
    const cancelled = await client.responses.cancel(begun.id);
    assert.equal(cancelled.status, "cancelled");
    await client.responses.delete(begun.id);
    assert.ok((await failure(() => client.responses.retrieve(begun.id))).status === 404);
  },

  async conversations() {
    for (const model of ["route/default", "agent/clerk"]) {
      const conversation = await client.conversations.create({ metadata: { of: "ann" } });
      const say = (input) =>
        client.responses.create({ model, input, conversation: conversation.id });
      assert.equal((await say("say one")).output_text, "one");
      assert.equal((await say("first")).output_text, "You first said: say one");
      await client.conversations.delete(conversation.id);
      assert.ok((await failure(() => say("first"))) instanceof OpenAI.NotFoundError);
    }
  },
};

await cases[name]();
