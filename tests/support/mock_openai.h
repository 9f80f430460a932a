#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "tests/support/mock_socket.h"

namespace yoke::testing {

// What the mock does instead of, or in the middle of, a proper answer.
enum class MockFault {
  none,
  status,        // an error status, with `body` and `headers`
  nothing,       // closes without a word
  silence,       // never answers
  empty_body,    // 200 and no body
  not_json,      // 200 and something else
  html,          // 200 and a web page
  error_in_200,  // an error object as the answer, or as an event
  no_choices,
  empty_reply,      // no text and no call
  cut,              // streams: after `events`, the connection breaks
  clean_end,        // … the body ends in order
  stall,            // … nothing more comes
  malformed_event,  // … an event is no JSON
  no_done,          // finish_reason, then the end without [DONE] or usage
  done_only,        // [DONE] without finish_reason
  big_event,        // one event of 10 MB
  endless,          // never stops
  dribble,          // a proper answer, byte by byte
};

struct MockCall {
  std::string id;
  std::string name;
  std::string args;  // as text: it need not be JSON
};

struct MockTurn {
  std::string text = {};
  std::string reasoning = {};
  std::string reasoning_key = "reasoning_content";
  std::vector<MockCall> calls = {};
  std::string finish = {};  // empty: "tool_calls" or "stop"
  bool usage = true;
  Json usage_instead = nullptr;  // of the true one; null: the true one
  std::size_t piece_bytes = 12;  // of text in an event

  MockFault fault = MockFault::none;
  int events = 2;  // before the fault
  int status = 500;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// The answer to a request; `number` counts the requests from 1.
using MockScript = std::function<MockTurn(const Json& request, int number)>;

// An OpenAI Chat Completions server that is strict about what it is sent and can fail in every way.
// It shares the JSON reader with the code under test and nothing else.
class MockOpenAi {
 public:
  struct Options {
    MockScript script;     // empty: the scenario that the request's model names
    std::string key = {};  // when set, requests without it get 401
    bool strict = true;    // refuses what OpenAI refuses
    // As DeepSeek V4 while it thinks: refuses an assistant message without reasoning_content
    // anywhere between two user messages among which a tool was called, and forms of answers it
    // lacks.
    bool wants_reasoning = false;
    bool wants_some_reasoning = false;   // as Kimi: and an empty one is none
    bool refuses_old_reasoning = false;  // as DeepSeek R1: any from before the last user message
    std::vector<std::string> message_keys = {};  // further keys that an assistant message may have
    std::uint16_t port = 0;
    std::vector<std::string> models = {};  // that it lists
  };
  explicit MockOpenAi(Options options);

  std::string base_url() const;  // "http://127.0.0.1:PORT/v1"
  std::uint16_t port() const { return server_.port(); }
  std::vector<Json> requests() const;  // the bodies, parsed
  std::vector<MockRequest> raw_requests() const;
  int connections() const { return server_.connections(); }

 private:
  bool handle(const MockRequest& request, MockConnection& connection);
  bool answer(const MockRequest& raw, const Json& request, MockConnection& connection);

  const Options options_;
  mutable std::mutex mutex_;
  std::vector<MockRequest> received_;
  MockServer server_;  // last: its threads use what is above
};

// What OpenAI would say is wrong with a request; empty when nothing is.
std::string violation_of(const Json& request, const MockOpenAi::Options& options);

// A scenario by its name ("echo", "weather", "fifty-calls", "stall" …); throws when there is none.
MockTurn scenario_turn(const std::string& name, const Json& request, int number);
std::vector<std::string> scenario_names();

// Five model calls with four tool calls between them, for each conversation by itself: which turn
// it is follows from the messages. Answers from the raw body: a bench should measure the client.
class BenchServer {
 public:
  explicit BenchServer(std::uint16_t port = 0);
  std::uint16_t port() const { return server_.port(); }

 private:
  MockServer server_;
};

// Gives every request the same answer, from memory; streamed, in as many pieces as its model's name
// says: "fixed-20" or "fixed-240". What is measured through it is whatever stands before it.
class FixedServer {
 public:
  explicit FixedServer(std::uint16_t port = 0);
  std::uint16_t port() const { return server_.port(); }

 private:
  bool serve(const MockRequest& request, MockConnection& connection) const;

  const std::string whole_;
  const std::map<std::size_t, std::string> streams_;  // by their number of pieces
  MockServer server_;                                 // last: its threads use what is above
};

// The bytes of proper answers.
std::string whole_answer(const MockTurn& turn, const std::string& model);
std::vector<std::string> stream_events(const MockTurn& turn, const std::string& model);
std::string http_answer(int status, const std::string& type, const std::string& body,
                        const std::vector<std::pair<std::string, std::string>>& headers = {});
std::string stream_head();
std::string stream_chunk(const std::string& data);  // "data: …\n\n" in a chunk of its own

}  // namespace yoke::testing
