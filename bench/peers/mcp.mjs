// The calls of bench/mcp_bench.cpp through the client of @modelcontextprotocol/client:
//   node mcp.mjs FOLDER-WITH-NODE_MODULES MCP_BENCH FAKE_MCP_SERVER
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, bench, fake] = process.argv.slice(2);
if (!fake) throw new Error("node mcp.mjs FOLDER-WITH-NODE_MODULES MCP_BENCH FAKE_MCP_SERVER");
const require = createRequire(resolve(folder) + "/");
const from = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Client, StreamableHTTPClientTransport } = await from("@modelcontextprotocol/client");
const { StdioClientTransport } = await from("@modelcontextprotocol/client/stdio");

const warm = 200, calls = 2000;
const text = "x".repeat(1000);

async function measure(way, transport) {
  const client = new Client({ name: "bench", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(transport);
  const each = [];
  let cpu;
  for (let at = 0; at < warm + calls; ++at) {
    if (at === warm) cpu = process.cpuUsage();
    const began = performance.now();
    const result = await client.callTool({ name: "echo", arguments: { text } });
    if (result.isError) throw new Error("the call failed");
    if (at >= warm) each.push(performance.now() - began);
  }
  const used = process.cpuUsage(cpu);
  each.sort((a, b) => a - b);
  const ms = (share) => each[Math.floor(share * (each.length - 1))].toFixed(3);
  console.log(`| ${way} | ${ms(0.5)} | ${ms(0.99)} | ${((used.user + used.system) / 1000 / calls).toFixed(3)} |`);
  await client.close();
}

console.log("| way | call, ms | 99th | its CPU a call, ms |\n|---|---|---|---|");
await measure("standard streams", new StdioClientTransport({ command: fake, args: ["modern"] }));
const child = spawn(bench, ["serve"], { stdio: ["pipe", "pipe", "inherit"] });
const url = await new Promise((done) => child.stdout.once("data", (data) => done(String(data).trim())));
await measure("HTTP", new StreamableHTTPClientTransport(new URL(url)));
child.stdin.end();
