// The description that `yoke serve` gives of itself, read by `@seriousme/openapi-schema-validator`, and
// its answers, held to that description by `ajv`. Usage: node openapi.mjs BASE_URL CASE
import assert from "node:assert/strict";
import { connect } from "node:net";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const [url, name] = process.argv.slice(2);
const base = url.replace(/\/v1$/, "");
const described = async () => (await fetch(`${base}/openapi.json`)).json();

// One member of a JSON pointer.
const member = (text) => text.replaceAll("~", "~0").replaceAll("/", "~1");

class Judge {
  constructor(document) {
    this.document = document;
    this.ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(document, "api");
    this.seen = [];
  }

  // That the operation may answer so.
  judge(method, path, status, type, text) {
    const what = `${method} ${path} ${status} ${type}`;
    const operation = this.document.paths[path]?.[method.toLowerCase()];
    assert.ok(operation, `${method} ${path} is not described`);
    let place = `#/paths/${member(path)}/${method.toLowerCase()}/responses/${status}`;
    const response = operation.responses[status];
    assert.ok(response, `${what} is not described`);
    const ref = response.$ref;
    if (ref) place = ref;
    const whole = ref ? this.document.components.responses[ref.split("/").at(-1)] : response;
    if (!whole.content) {
      assert.equal(text, "", `${what} has a body`);
      return;
    }
    const essence = type.split(";")[0];
    assert.ok(whole.content[essence], `${what} is not described as ${essence}`);
    const check = this.ajv.compile({
      $ref: `api${place}/content/${member(essence)}/schema`,
    });
    const fits = check(JSON.parse(text));
    assert.ok(fits, `${what}: ${this.ajv.errorsText(check.errors)} in ${text}`);
    this.seen.push(what);
  }

  async ask(method, path, args, wanted, body, headers = {}) {
    const target = path.replace(/\{(\w+)\}/g, (_, key) => encodeURIComponent(args[key]));
    const query = args.query ? `?${args.query}` : "";
    const init = { method, headers: { ...headers } };
    if (body !== undefined) {
      init.headers["Content-Type"] ??= "application/json";
      init.body = typeof body === "string" ? body : JSON.stringify(body);
    }
    const answer = await fetch(base + target + query, init);
    const text = await answer.text();
    assert.equal(answer.status, wanted, `${method} ${target}: ${text}`);
    this.judge(method, path, answer.status, answer.headers.get("content-type") ?? "", text);
    return text ? JSON.parse(text) : undefined;
  }
}

// Announces a body that no server takes; what comes back.
function askTooMuch(path) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(port, hostname);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (piece) => (text += piece));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n` +
        "Content-Length: 999999999\r\n\r\n",
    );
  });
}

async function runs(judge) {
  const started = await judge.ask("POST", "/v1/runs", { query: "wait=30s" }, 201, {
    agent: "clerk",
    task: "count one two three",
  });
  const id = started.run;
  await judge.ask("GET", "/v1/runs", { query: "limit=1" }, 200);
  await judge.ask("GET", "/v1/runs/{id}", { id }, 200);
  const json = { Accept: "application/json" };
  await judge.ask("GET", "/v1/runs/{id}/events", { id }, 200, undefined, json);
  await judge.ask("POST", "/v1/runs/{id}/cancel", { id }, 409, {});
  await judge.ask("GET", "/v1/runs/{id}", { id: "01ARZ3NDEKTSV4RRFFQ69G5FAV" }, 404);
  await judge.ask("POST", "/v1/runs", {}, 422, { agent: "nobody", task: "x" });
  await judge.ask("POST", "/v1/runs", {}, 400, "{");
  await judge.ask("POST", "/v1/runs", {}, 415, "x", { "Content-Type": "text/plain" });
  const asking = await judge.ask("POST", "/v1/runs", { query: "wait=30s" }, 201, {
    agent: "clerk",
    task: "open",
  });
  const question = asking.questions[0].question;
  const args = { id: asking.run };
  await judge.ask("POST", "/v1/runs/{id}/signals", args, 202, { name: "paid", data: 12 });
  await judge.ask("POST", "/v1/runs/{id}/answers", args, 200, { question, value: "no" });
  await judge.ask("POST", "/v1/runs/{id}/answers", args, 409, { question, value: "no" });
  await judge.ask("POST", "/v1/runs/{id}/signals", { id }, 409, { name: "paid" });
  await judge.ask("DELETE", "/v1/runs/{id}", { id }, 204);
}

async function schedules(judge) {
  const nightly = { name: "nightly", cron: "@daily", agent: "clerk", task: "say x" };
  await judge.ask("POST", "/v1/schedules", {}, 201, nightly);
  await judge.ask("POST", "/v1/schedules", {}, 409, nightly);
  await judge.ask("POST", "/v1/schedules", {}, 422, { ...nightly, name: "b", cron: "often" });
  await judge.ask("GET", "/v1/schedules", {}, 200);
  const args = { name: "nightly" };
  await judge.ask("GET", "/v1/schedules/{name}", args, 200);
  await judge.ask("PUT", "/v1/schedules/{name}", args, 200, {
    cron: "@hourly",
    agent: "clerk",
    task: "say hello",
  });
  await judge.ask("POST", "/v1/schedules/{name}/run", args, 201);
  await judge.ask("POST", "/v1/schedules/{name}/run", { name: "none" }, 404);
  await judge.ask("DELETE", "/v1/schedules/{name}", args, 204);
  await judge.ask("GET", "/v1/schedules/{name}", args, 404);
}

const cases = {
  async document() {
    const document = await described();
    const found = await new Validator().validate(document);
    assert.deepEqual(found.errors ?? [], []);
    assert.ok(found.valid);
    assert.match(document.openapi, /^3\.1\./);
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { responses, requestBody, security }] of Object.entries(methods)) {
        const needed = ["500", "503", ...(requestBody ? ["413"] : [])];
        if (security.length) needed.push("401", "403", "429");
        for (const status of needed) assert.ok(responses[status], `${method} ${path} ${status}`);
      }
    }
  },

  async answers() {
    const judge = new Judge(await described());
    await runs(judge);
    await schedules(judge);
    for (const path of ["/healthz", "/readyz", "/v1/agents", "/v1/tools", "/v1/spend"]) {
      await judge.ask("GET", path, {}, 200);
    }
    await judge.ask("GET", "/v1/webhooks", {}, 200);
    await judge.ask("POST", "/v1/webhooks/{name}/test", { name: "none" }, 404);
    const refused = await askTooMuch("/v1/runs");
    assert.match(refused, /^HTTP\/1\.1 413 /);
    const body = refused.slice(refused.indexOf("\r\n\r\n") + 4);
    judge.judge("POST", "/v1/runs", 413, "application/problem+json", body);
    assert.ok(judge.seen.length > 20);
  },
};

await cases[name]();
