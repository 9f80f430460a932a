// The Model Context Protocol's own SDKs for TypeScript as clients of Yoke's server.
// Usage: node mcp.mjs WHERE CASE [COMMAND ARG…]
// WHERE: an address of /mcp, or "stdio": then COMMAND is started. Fails by an assertion.
import assert from "node:assert/strict";
import { Client as Legacy } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyPipe } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as LegacyHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { Client as Modern, StreamableHTTPClientTransport as ModernHttp } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernPipe } from "@modelcontextprotocol/client/stdio";

const [where, name, command, ...args] = process.argv.slice(2);
const info = { name: "interop", version: "1" };
const accept = { action: "accept", content: { name: "Alice" } };

function way(Http, Pipe) {
  return where === "stdio" ? new Pipe({ command, args, env: process.env }) : new Http(new URL(where));
}

async function legacy() {
  const client = new Legacy(info, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, async () => accept);
  await client.connect(way(LegacyHttp, LegacyPipe));
  return client;
}

async function modern() {
  const client = new Modern(info, {
    capabilities: { elicitation: {} }, versionNegotiation: { mode: "auto" } });
  client.setRequestHandler("elicitation/create", async () => accept);
  await client.connect(way(ModernHttp, ModernPipe));
  return client;
}

const call = (client, tool, given = {}, ...more) => client.callTool({ name: tool, arguments: given }, ...more);
const words = (result) => result.content[0].text;

async function use(client, progress) {
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === "greet"));
  assert.equal(words(await call(client, "greet", { name: "Bob" })), "Hello, Bob!");
  const failed = await call(client, "test_error_handling");
  assert.equal(failed.isError, true);
  const steps = [];
  await progress(client, (step) => steps.push(step.progress));
  // The client forgets who listens once the result is read, which may be in one piece with the last
  // steps; that all are sent, the conformance suite sees.
  assert.deepEqual(steps, [0, 50, 100].slice(0, steps.length));
  assert.ok(steps.length > 0);
  const asked = await call(client, "test_input_required_result_elicitation");
  assert.equal(words(asked), "Hello, Alice!");
  const read = await client.readResource({ uri: "test://static-text" });
  assert.match(read.contents[0].text, /static text/);
  const prompt = await client.getPrompt({
    name: "test_prompt_with_arguments", arguments: { arg1: "a", arg2: "b" } });
  assert.match(prompt.messages[0].content.text, /arg1='a', arg2='b'/);
  const waits = new AbortController();
  setTimeout(() => waits.abort(), 300);
  await assert.rejects(
    progress === old ? call(client, "test_reconnection", {}, undefined, { signal: waits.signal })
                     : call(client, "test_reconnection", {}, { signal: waits.signal }));
  assert.equal(words(await call(client, "greet", { name: "Eve" })), "Hello, Eve!");
}

const old = (client, onprogress) => call(client, "test_tool_with_progress", {}, undefined, { onprogress });
const now = (client, onprogress) => call(client, "test_tool_with_progress", {}, { onprogress });

const cases = {
  async legacy() {
    const client = await legacy();
    assert.equal(client.getServerVersion().name, "yoke");
    await use(client, old);
    await client.ping();
    await client.close();
  },
  async modern() {
    const client = await modern();
    assert.equal(client.getNegotiatedProtocolVersion?.() ?? "2026-07-28", "2026-07-28");
    await use(client, now);
    await client.close();
  },
};

await cases[name]();
