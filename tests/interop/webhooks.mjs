// Signs webhooks with what others wrote and posts them; takes ours, and verifies them with the same.
// One JSON command a line on standard input, one JSON answer a line on standard output, the first of
// which says the port that webhooks are taken at. Ends when its standard input does.
// Usage: node webhooks.mjs FOLDER-WITH-node_modules SECRET
import { createHmac, randomUUID } from "node:crypto";
import { createServer, request as httpRequest } from "node:http";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [peers, secret] = process.argv.slice(2);
const require = createRequire(join(resolve(peers), "package.json"));
const { Webhook } = require("standardwebhooks");
const { isValidSlackRequest } = require("@slack/bolt");
const github = await import(
  pathToFileURL(join(resolve(peers), "node_modules/@octokit/webhooks-methods/dist-node/index.js"))
);

const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const json = { "content-type": "application/json" };

const sign = {
  standard({ key, id, body, age = 0 }) {
    const at = new Date(Date.now() - age * 1000);
    return {
      ...json,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(key).sign(id, at, body),
    };
  },
  async github({ key, id, event, body }) {
    return {
      ...json,
      "x-github-delivery": id ?? randomUUID(),
      "x-github-event": event,
      "x-hub-signature-256": await github.sign(key, body),
    };
  },
  // Bolt verifies and does not sign: what we sign here must be what it takes, and is told so.
  slack({ key, body, form, age = 0 }) {
    const at = Math.floor(Date.now() / 1000) - age;
    const signature = "v0=" + createHmac("sha256", key).update(`v0:${at}:${body}`).digest("hex");
    return {
      "content-type": form ? "application/x-www-form-urlencoded" : "application/json",
      "x-slack-request-timestamp": String(at),
      "x-slack-signature": signature,
    };
  },
};

const boltTakes = (key, body, headers) =>
  isValidSlackRequest({
    signingSecret: key,
    body,
    headers: {
      "x-slack-signature": headers["x-slack-signature"],
      "x-slack-request-timestamp": Number(headers["x-slack-request-timestamp"]),
    },
  });

// Over a socket file, as a proxy in front of it would.
const exchange = ({ socket, path }, headers, body) =>
  new Promise((resolve, reject) => {
    const options = { socketPath: socket, path, method: "POST", headers };
    const request = httpRequest(options, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode, body: text }));
    });
    request.on("error", reject).end(body);
  });

async function post(command) {
  const headers = { ...(await sign[command.scheme](command)), ...command.headers };
  const body = command.sent ?? command.body; // what is sent may be other than what was signed
  const answer = await exchange(command, headers, body);
  if (command.scheme === "slack") answer.bolt = boltTakes(command.key, body, headers);
  return answer;
}

let refuse = 0;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    if (refuse > 0) {
      refuse -= 1;
      response.writeHead(503).end();
      say({ refused: request.headers["webhook-id"] });
      return;
    }
    const told = { id: request.headers["webhook-id"] };
    try {
      told.verified = new Webhook(secret).verify(body, request.headers);
    } catch (error) {
      told.error = String(error);
    }
    response.writeHead(204).end();
    say({ received: told });
  });
});

server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const command = JSON.parse(line);
    if (command.do === "refuse") {
      refuse = command.times;
      say({ refusing: refuse });
      return;
    }
    try {
      say(await post(command));
    } catch (error) {
      say({ error: String(error) });
    }
  })
  .on("close", () => process.exit(0));
