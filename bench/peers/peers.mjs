// The work of bench/worker_bench.cpp on other sandboxes, a fresh context a call.
import ivm from "isolated-vm";
import { getQuickJS } from "quickjs-emscripten";
import { LuaFactory } from "wasmoon";
import { createRequire } from "node:module";

const items = Array.from({ length: 8 }, (_, i) => ({ id: i, title: `item number ${i}`, score: i * 0.5,
  tags: ["alpha", "beta", "gamma"], url: `https://example.test/p/${i}` }));
const text = JSON.stringify({ attempt: 3, cost: 0.125, id: "call-0001", items, tool: "http.get" });
const js = `(function (text) { const input = JSON.parse(text); let total = 0;
  for (const item of input.items) total += item.score;
  const titles = input.items.map((item) => item.title.toUpperCase());
  return JSON.stringify({ total, first: titles[0], count: titles.length }); })`;
const lua = `return function(input)
  local sum, titles = 0, {}
  for i, item in ipairs(input.items) do sum = sum + item.score titles[i] = item.title:upper() end
  return { total = sum, first = titles[1], count = #titles } end`;

const calls = Number(process.argv[2] ?? 500);
function percentile(times, share) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}
async function row(name, call) {
  for (let i = 0; i < calls / 4; i++) await call();
  const times = [];
  const cpu = process.cpuUsage();
  const begin = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) {
    const one = process.hrtime.bigint();
    await call();
    times.push(Number(process.hrtime.bigint() - one) / 1e3);
  }
  const wall = Number(process.hrtime.bigint() - begin) / 1e3;
  const used = process.cpuUsage(cpu);
  console.log(`| ${name} | ${percentile(times, 0.5).toFixed(0)} | ${percentile(times, 0.99).toFixed(0)} | ` +
    `${((used.user + used.system) / calls).toFixed(1)} | ${(1e6 * calls / wall).toFixed(0)} |`);
}
function check(out) { if (JSON.parse(out).total !== 14) throw new Error(out); }

console.log("| fresh context a call | p50 us | p99 us | CPU us | calls/s |\n|---|---:|---:|---:|---:|");
await row("isolated-vm 5.0.4, fresh isolate", async () => {
  const isolate = new ivm.Isolate({ memoryLimit: 32 });
  const context = isolate.createContextSync();
  const run = context.evalSync(js, { reference: true });
  check(run.applySync(undefined, [text], { timeout: 1000 }));
  isolate.dispose();
});
const shared = new ivm.Isolate({ memoryLimit: 128 });
await row("isolated-vm 5.0.4, fresh context in one isolate", async () => {
  const context = shared.createContextSync();
  const run = context.evalSync(js, { reference: true });
  check(run.applySync(undefined, [text], { timeout: 1000 }));
  context.release();
});
const QuickJS = await getQuickJS();
await row("quickjs-emscripten 0.32, fresh runtime", async () => {
  const runtime = QuickJS.newRuntime({ memoryLimitBytes: 32 << 20 });
  const end = Date.now() + 1000;
  runtime.setInterruptHandler(() => Date.now() > end);
  const vm = runtime.newContext();
  const f = vm.unwrapResult(vm.evalCode(js));
  const arg = vm.newString(text);
  const result = vm.unwrapResult(vm.callFunction(f, vm.undefined, arg));
  check(vm.getString(result));
  for (const handle of [result, arg, f]) handle.dispose();
  vm.dispose(); runtime.dispose();
});
const factory = new LuaFactory();
await row("wasmoon 1.16, fresh engine", async () => {
  const engine = await factory.createEngine({ openStandardLibs: true });
  const f = await engine.doString(lua);
  check(JSON.stringify(f(JSON.parse(text))));
  engine.global.close();
});

async function stop(name, body) {
  const times = [];
  for (let i = 0; i < 5; i++) { const b = performance.now(); try { await body(); } catch {} times.push(performance.now() - b); }
  console.log(`| ${name} | ${percentile(times, 0.5).toFixed(1)} |`);
}
console.log("\n| stopped after a bound of 35 ms | ms |\n|---|---:|");
await stop("isolated-vm, `while (true);`", async () => {
  const isolate = new ivm.Isolate({ memoryLimit: 32 });
  const context = isolate.createContextSync();
  context.evalSync("while (true);", { timeout: 35 });
});
await stop("isolated-vm, `/(a*)*b/` on 30 letters", async () => {
  const isolate = new ivm.Isolate({ memoryLimit: 32 });
  const context = isolate.createContextSync();
  context.evalSync("/(a*)*b/.test('a'.repeat(28))", { timeout: 35 });
});
await stop("quickjs-emscripten, `while (true);`", async () => {
  const runtime = QuickJS.newRuntime();
  const end = Date.now() + 35;
  runtime.setInterruptHandler(() => Date.now() > end);
  const vm = runtime.newContext();
  vm.evalCode("while (true);").error?.dispose(); vm.dispose(); runtime.dispose();
});
await stop("wasmoon, `while true do end`", async () => {
  const engine = await factory.createEngine({ functionTimeout: 35 });
  const thread = engine.global.newThread();
  thread.loadString("while true do end");
  try { await thread.run(0, { timeout: 35 }); } finally { engine.global.close(); }
});
