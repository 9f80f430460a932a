// Runs the model servers of @copilotkit/aimock on a free port and says which: {"port":4711}.
// Ends when its standard input does, so that it never outlives the tests.
// Usage: node serve.mjs FOLDER-WITH-node_modules FIXTURES.json
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [peers, fixtures] = process.argv.slice(2);
const require = createRequire(join(resolve(peers), "package.json"));
const { LLMock } = require("@copilotkit/aimock");

const server = new LLMock({ host: "127.0.0.1", port: 0, strict: true, chunkSize: 7 });
server.loadFixtureFile(resolve(fixtures));
await server.start();
process.stdout.write(JSON.stringify({ port: Number(new URL(server.url).port) }) + "\n");
process.stdin.on("end", () => process.exit(0)).resume();
