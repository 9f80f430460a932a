#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <mutex>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_socket.h"

// A vendor that Yoke knows nothing of, spoken to by the script that docs/lua-backends.md shows.
namespace yoke::testing {
namespace {

std::string script_of_the_page() {
  std::ifstream file("docs/lua-backends.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string begin = "```lua\n";
  const std::size_t from = page.find(begin) + begin.size();
  return page.substr(from, page.find("```", from) - from);
}

std::string answer(const std::string& type, const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Acme's server: what it says to each request in turn, the last one again and again.
class Acme : public Sample {
 public:
  explicit Acme(std::vector<std::string> replies, const std::string& script = script_of_the_page())
      : replies_(std::move(replies)),
        server_([this](const MockRequest& request, MockConnection& peer) {
          return serve(request, peer);
        }) {
    write("models/acme.lua", script);
    write("yoke.toml", read("yoke.toml") + "\n[backends.acme]\npreset = \"lua\"\n" +
                           "script = \"models/acme.lua\"\nattempts = 1\nbase_url = \"http://" +
                           "127.0.0.1:" + std::to_string(server_.port()) +
                           "/v3\"\nprices = { input = 1.0, output = 2.0 }\n" +
                           "headers = { X-Acme-Key = \"env:ACME_KEY\" }\n");
    write(".env", "ACME_KEY=acme-secret-4711\n");
  }

  Ended ask(const std::string& task, const std::string& how = "--quiet") const {
    return yoke(Args{"run", how, "--model", "acme/large", "helper", task});
  }
  std::vector<MockRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool serve(const MockRequest& request, MockConnection& peer) {
    const std::lock_guard lock(mutex_);
    const std::size_t at = std::min(requests_.size(), replies_.size() - 1);
    requests_.push_back(request);
    return peer.send(replies_[at]);
  }

  std::mutex mutex_;
  std::vector<std::string> replies_;
  std::vector<MockRequest> requests_;
  MockServer server_;
};

const std::string kSaysHi =
    answer("application/x-ndjson",
           "{\"thought\":\"greet\"}\n{\"says\":\"Hel\"}\n{\"says\":\"lo\"}\n"
           "{\"last\":{\"why\":\"complete\",\"read\":1000000,\"wrote\":500000}}\n");

}  // namespace

TEST_CASE("a backend in Lua speaks a protocol that Yoke does not know, and streams") {
  Acme acme({kSaysHi});
  const Ended ended = acme.ask("say hi");
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out == "Hello\n");
  const auto requests = acme.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].target == "/v3/converse?live=1");
  CHECK(requests[0].headers.at("x-acme-version") == "3");
  CHECK(requests[0].headers.at("x-acme-key") == "acme-secret-4711");
  const Result<Json> body = parse_json(requests[0].body);
  REQUIRE(body.has_value());
  CHECK(string_at(*body, "engine") == "large");
  CHECK(string_at(member_at(*body, "turns").back(), "says") == "say hi");
  const Ended events = acme.yoke(Args{"--json", "runs", "events", "@last"});
  CHECK(events.out.find("\"cost\":2000000000") != std::string::npos);
  CHECK(events.out.find("greet") != std::string::npos);
  CHECK(events.out.find("acme-secret") == std::string::npos);
}

TEST_CASE("a stream of lines is read though its vendor calls it JSON") {
  const std::string called_json =
      answer("application/json", kSaysHi.substr(kSaysHi.find("\r\n\r\n") + 4));
  Acme acme({called_json});
  const Ended ended = acme.ask("say hi");
  INFO(ended.err);
  CHECK(ended.out == "Hello\n");
}

TEST_CASE("a backend in Lua takes part in a tool loop, with names that its vendor allows") {
  const std::string uses = answer(
      "application/x-ndjson",
      "{\"use\":{\"n\":1,\"id\":\"u1\",\"fn\":\"words_count\",\"with\":\"{\\\"text\\\":\"}}\n"
      "{\"use\":{\"n\":1,\"with\":\"\\\"a b\\\"}\"}}\n"
      "{\"last\":{\"why\":\"complete\",\"read\":3,\"wrote\":4}}\n");
  Acme acme({uses, kSaysHi});
  const Ended ended = acme.ask("count");
  INFO(ended.err);
  CHECK(ended.out == "Hello\n");
  const auto requests = acme.requests();
  REQUIRE(requests.size() == 2);
  const Result<Json> second = parse_json(requests[1].body);
  REQUIRE(second.has_value());
  const Json& turns = member_at(*second, "turns");
  REQUIRE(turns.size() >= 3);
  const Json& used = member_at(turns[turns.size() - 2], "uses");
  CHECK(string_at(used.at(0), "fn") == "words_count");
  CHECK(string_at(turns.back(), "answers") == "u1");
}

TEST_CASE("a stream that its script has not seen the end of is no whole reply") {
  Acme acme({answer("application/x-ndjson", "{\"says\":\"Hel\"}\n")});
  const Ended ended = acme.ask("say hi");
  CHECK(ended.status == 1);
  CHECK(ended.err.find("before its script saw the end of the reply") != std::string::npos);
}

TEST_CASE("an error of the vendor's comes through the script with its class") {
  Acme acme({answer("application/x-ndjson", "{\"oops\":\"the engine stalled\"}\n")});
  const Ended ended = acme.ask("say hi");
  CHECK(ended.status == 1);
  CHECK(ended.err.find("the engine stalled") != std::string::npos);
}

TEST_CASE("what a backend script does wrong is said with its file and line") {
  const std::string broken =
      "return backend { name = \"acme\",\n"
      "  request = function(request) return { path = \"/x\", body = request.nothing.at_all } end,\n"
      "  reply = function(answer) return {} end }\n";
  Acme acme({kSaysHi}, broken);
  const Ended ended = acme.ask("say hi");
  CHECK(ended.status == 1);
  CHECK(ended.err.find("models/acme.lua:2") != std::string::npos);
  CHECK(acme.requests().empty());
}

TEST_CASE("a backend script reaches no other host and sets no key of its own") {
  const auto script = [](const std::string& request) {
    return "return backend { name = \"acme\", reply = function() return { text = \"x\" } end,\n"
           "  request = function() return " +
           request + " end }\n";
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{ path = \"//elsewhere.example/\", body = {} }", "'path' begins with one '/'"},
      {"{ path = \"http://elsewhere.example/\", body = {} }", "'path' begins with one '/'"},
      {"{ path = \"/../admin\", body = {} }", "'path' stays below base_url"},
      {"{ path = \"/a b\", body = {} }", "'path' holds a character"},
      {"{ path = \"/a\", headers = { Authorization = \"x\" }, body = {} }",
       "header 'Authorization' is not a script's to set"},
      {"{ path = \"/a\", headers = { [\"X-A\"] = \"x\\r\\nY: z\" }, body = {} }", "cannot be sent"},
      {"{ path = \"/a\" }", "'body' is missing"},
  };
  for (const auto& [request, told] : cases) {
    Acme acme({kSaysHi}, script(request));
    const Ended ended = acme.ask("say hi");
    INFO(request << "\n" << ended.err);
    CHECK(ended.status == 1);
    CHECK(ended.err.find(told) != std::string::npos);
    CHECK(acme.requests().empty());
  }
}

TEST_CASE("a file that defines no backend is refused with its place in yoke.toml") {
  Acme acme({kSaysHi}, "return model { name = \"m\", reply = function() return {} end }");
  const Ended ended = acme.ask("say hi");
  CHECK(ended.status == 2);
  CHECK(ended.err.find("models/acme.lua returns no backend { … }") != std::string::npos);
  CHECK(ended.err.find("yoke.toml:") != std::string::npos);
}

}  // namespace yoke::testing
