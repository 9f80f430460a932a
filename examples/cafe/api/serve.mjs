// The café's API on a free port of this machine: prints its address, and serves until it is ended.
import { createServer } from "node:http";

const dishes = {
  lunch: [{ name: "soup", price: 4.5 }, { name: "omelette", price: 7 }],
  dinner: [{ name: "stew", price: 11.8 }],
};
let orders = 0;

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  const answer = (status, value) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (url.pathname === "/api/dishes") {
    const course = url.searchParams.get("course");
    return answer(200, { dishes: course ? dishes[course] : Object.values(dishes).flat() });
  }
  if (url.pathname === "/api/orders" && request.method === "POST") {
    let body = "";
    request.on("data", (piece) => (body += piece));
    return request.on("end", () => {
      const { dish, count } = JSON.parse(body);
      const known = Object.values(dishes).flat().some((each) => each.name === dish);
      if (!known) return answer(404, { error: `there is no ${dish} today` });
      answer(201, { number: ++orders, minutes: 5 * count });
    });
  }
  answer(404, { error: "nothing here" });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
