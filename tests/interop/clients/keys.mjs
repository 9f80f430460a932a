// The `openai` and `@anthropic-ai/sdk` packages with a key of `yoke serve`, in YOKE_KEY.
// Usage: node keys.mjs BASE_URL CASE
// Fails by an assertion.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [baseURL, name] = process.argv.slice(2);
const apiKey = process.env.YOKE_KEY;
const openai = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: baseURL.replace(/\/v1$/, ""), apiKey, maxRetries: 0 });
const messages = [{ role: "user", content: "say hello" }];
const chat = (model = "route/default") => openai.chat.completions.create({ model, messages });
const respond = (model = "route/default") => openai.responses.create({ model, input: "say hello" });
const embed = () => openai.embeddings.create({ model: "lab/e", input: "hello" });
const message = (model = "route/default") =>
  anthropic.messages.create({ model, max_tokens: 100, messages });

async function failure(work) {
  try {
    await work;
  } catch (error) {
    return error;
  }
  assert.fail("it did not fail");
}

// That each of these fails as the client's class of that name.
async function fail_as(kind, of_openai, of_anthropic) {
  const errors = [];
  for (const [library, works] of [[OpenAI, of_openai], [Anthropic, of_anthropic]]) {
    for (const work of works) {
      const error = await failure(work());
      assert.equal(error.constructor, library[kind], `${error.constructor.name}: ${error.message}`);
      errors.push(error);
    }
  }
  return errors;
}

const cases = {
  async right() {
    assert.equal((await chat()).choices[0].message.content, "hello");
    assert.equal((await respond()).output_text, "hello");
    assert.equal((await embed()).data.length, 1);
    assert.equal((await message()).content[0].text, "hello");
  },

  async wrong() {
    const [error] = await fail_as("AuthenticationError", [chat, respond, embed], [message]);
    assert.equal(error.code, "invalid_api_key");
    await fail_as("AuthenticationError", [() => openai.models.list()], []);
  },

  // A key that may look, and one that may ask agents alone.
  async looks() {
    await fail_as("PermissionDeniedError", [chat, respond, embed], [message]);
  },
  async agents() {
    await fail_as("PermissionDeniedError", [chat, respond, embed], [message]);
    assert.equal((await chat("agent/clerk")).choices[0].message.content, "hello");
    assert.equal((await message("agent/clerk")).content[0].text, "hello");
  },

  // Two requests an hour.
  async rate() {
    await chat();
    await message();
    for (const error of await fail_as("RateLimitError", [chat, respond], [message])) {
      assert.ok(Number(error.headers.get("retry-after")) > 0);
    }
  },

  // agent/clerk and route/default alone.
  async bound() {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    assert.deepEqual(ids, ["agent/clerk", "route/default"]);
    await chat();
    await message("agent/clerk");
    const other = (ask) => () => ask("demo/talker");
    const of_openai = [other(chat), other(respond), () => openai.models.retrieve("demo/talker")];
    const [error] = await fail_as("NotFoundError", of_openai, [other(message)]);
    assert.equal(error.code, "model_not_found");
  },

  // Nothing is left: not worth a retry. OpenAI's client has no class of its own for it.
  async budget() {
    const errors = [
      ...(await fail_as("APIError", [chat, respond, embed], [])),
      ...(await fail_as("PaymentRequiredError", [], [message])),
    ];
    for (const error of errors) {
      assert.equal(error.status, 402);
      assert.match(error.message, /the budget of 'key:client'/);
    }
    assert.equal(errors[0].code, "budget_exceeded");
    assert.equal(errors.at(-1).error.error.type, "billing_error");
  },
};

await cases[name]();
