#include "tests/support/mock_openai.h"

#include <array>
#include <utility>

namespace yoke::testing {
namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

Json chunk_of(const std::string& model, Json delta, const Json& finish) {
  Json choice = {{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", finish}};
  return {{"id", "chatcmpl-mock"},
          {"object", "chat.completion.chunk"},
          {"created", 1},
          {"model", model},
          {"choices", Json::array({std::move(choice)})}};
}

Json usage_json() {
  return {{"prompt_tokens", 100},
          {"completion_tokens", 20},
          {"total_tokens", 120},
          {"prompt_tokens_details", {{"cached_tokens", 40}}},
          {"completion_tokens_details", {{"reasoning_tokens", 5}}}};
}

Json usage_of(const MockTurn& turn) {
  return turn.usage_instead.is_null() ? usage_json() : turn.usage_instead;
}

std::string finish_of(const MockTurn& turn) {
  if (!turn.finish.empty()) return turn.finish;
  return turn.calls.empty() ? "stop" : "tool_calls";
}

std::vector<std::string> pieces_of(const std::string& text, std::size_t bytes) {
  std::vector<std::string> pieces;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t end = std::min(from + std::max<std::size_t>(bytes, 1), text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    pieces.push_back(text.substr(from, end - from));
    from = end;
  }
  return pieces;
}

Json call_json(const MockCall& call) {
  return {{"id", call.id},
          {"type", "function"},
          {"function", {{"name", call.name}, {"arguments", call.args}}}};
}

// OpenAI's way: the name first, then the arguments in pieces.
void add_call_events(const MockTurn& turn, const std::string& model,
                     std::vector<std::string>& events) {
  for (std::size_t at = 0; at < turn.calls.size(); ++at) {
    MockCall head = turn.calls[at];
    const std::string args = std::exchange(head.args, "");
    Json first = call_json(head);
    first["index"] = at;
    events.push_back(to_text(chunk_of(model, {{"tool_calls", Json::array({first})}}, nullptr)));
    for (const std::string& piece : pieces_of(args, turn.piece_bytes)) {
      Json next = {{"index", at}, {"function", {{"arguments", piece}}}};
      events.push_back(to_text(chunk_of(model, {{"tool_calls", Json::array({next})}}, nullptr)));
    }
  }
}

std::string error_body(const std::string& message, const std::string& type) {
  return to_text({{"error", {{"message", message}, {"type", type}, {"code", type}}}});
}

bool send_plain_fault(const MockTurn& turn, const std::string& model, MockConnection& connection) {
  const std::string json = "application/json";
  switch (turn.fault) {
    case MockFault::status: {
      std::string body = turn.body;
      if (body.empty()) body = error_body("mock failure", "server_error");
      return connection.send(http_answer(turn.status, json, body, turn.headers));
    }
    case MockFault::nothing:
      return false;
    case MockFault::silence:
      connection.wait_for_peer();
      return false;
    case MockFault::empty_body:
      return connection.send(http_answer(200, json, ""));
    case MockFault::not_json:
      return connection.send(http_answer(200, json, "well, {\"no\""));
    case MockFault::html:
      return connection.send(http_answer(200, "text/html", "<html><body>Sign in</body></html>"));
    case MockFault::error_in_200:
      return connection.send(http_answer(200, json, error_body("upstream died", "server_error")));
    case MockFault::no_choices:
      return connection.send(
          http_answer(200, json, to_text({{"model", model}, {"choices", Json::array()}})));
    case MockFault::cut:
      connection.send(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
          "Content-Length: 1000\r\n\r\n{\"choices\":");
      return false;
    case MockFault::dribble:
      return connection.send_singly(http_answer(200, json, whole_answer(turn, model)));
    default:
      return connection.send(http_answer(200, json, whole_answer(turn, model)));
  }
}

// Faults that replace the whole stream; the others come after some of its events.
bool is_headless(MockFault fault) {
  switch (fault) {
    case MockFault::status:
    case MockFault::nothing:
    case MockFault::silence:
    case MockFault::html:
    case MockFault::not_json:
      return true;
    default:
      return false;
  }
}

bool send_endless(const std::string& model, MockConnection& connection) {
  const std::string piece(2000, 'x');
  const std::string event = stream_chunk(to_text(chunk_of(model, {{"content", piece}}, nullptr)));
  while (connection.send(event)) {
  }
  return false;
}

// What comes instead of the rest of the stream. False: the connection is closed.
bool send_stream_fault(const MockTurn& turn, const std::string& model, MockConnection& connection) {
  constexpr std::size_t kBigBytes = 10'000'000;
  switch (turn.fault) {
    case MockFault::cut:
      return false;
    case MockFault::stall:
      connection.wait_for_peer();
      return false;
    case MockFault::malformed_event:
      connection.send(stream_chunk("{\"choices\":[{\"delta\":"));
      return connection.send(kLastChunk);
    case MockFault::error_in_200:
      connection.send(stream_chunk(error_body("upstream died", "server_error")));
      return connection.send(kLastChunk);
    case MockFault::big_event: {
      const Json delta = {{"content", std::string(kBigBytes, 'x')}};
      return connection.send(stream_chunk(to_text(chunk_of(model, delta, nullptr))));
    }
    case MockFault::endless:
      return send_endless(model, connection);
    case MockFault::done_only:
      connection.send(stream_chunk("[DONE]"));
      return connection.send(kLastChunk);
    default:
      return connection.send(kLastChunk);
  }
}

std::vector<std::string> events_before_fault(const MockTurn& turn, const std::string& model) {
  if (turn.fault == MockFault::empty_body) return {};
  if (turn.fault == MockFault::no_choices) {
    return {to_text({{"model", model}, {"choices", Json::array()}}), "[DONE]"};
  }
  std::vector<std::string> events = stream_events(turn, model);
  if (turn.fault == MockFault::no_done) {
    events.pop_back();
    if (turn.usage) events.pop_back();
    return events;
  }
  if (turn.fault == MockFault::none || turn.fault == MockFault::dribble ||
      turn.fault == MockFault::empty_reply) {
    return events;
  }
  const auto most = static_cast<std::size_t>(turn.events);
  if (events.size() > most) events.resize(most);
  return events;
}

bool send_stream(const MockTurn& turn, const std::string& model, MockConnection& connection) {
  if (is_headless(turn.fault)) return send_plain_fault(turn, model, connection);
  std::string bytes = stream_head();
  for (const std::string& event : events_before_fault(turn, model)) bytes += stream_chunk(event);
  if (turn.fault == MockFault::dribble) {
    return connection.send_singly(bytes) && connection.send(kLastChunk);
  }
  return connection.send(bytes) && send_stream_fault(turn, model, connection);
}

}  // namespace

std::string http_answer(int status, const std::string& type, const std::string& body,
                        const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Mock\r\nContent-Type: " + type;
  bytes += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  return bytes + "\r\n" + body;
}

std::string stream_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
         "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string stream_chunk(const std::string& data) {
  const std::string event = "data: " + data + "\n\n";
  std::array<char, 20> size{};
  const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", event.size());
  return std::string(size.data(), static_cast<std::size_t>(digits)) + event + "\r\n";
}

std::string whole_answer(const MockTurn& turn, const std::string& model) {
  Json message = {{"role", "assistant"}, {"content", nullptr}};
  if (!turn.text.empty()) message["content"] = turn.text;
  if (!turn.reasoning.empty()) message[turn.reasoning_key] = turn.reasoning;
  for (const MockCall& call : turn.calls) message["tool_calls"].push_back(call_json(call));
  Json choice = {{"index", 0}, {"message", message}, {"finish_reason", finish_of(turn)}};
  Json answer = {{"id", "chatcmpl-mock"},
                 {"object", "chat.completion"},
                 {"created", 1},
                 {"model", model},
                 {"choices", Json::array({choice})}};
  if (turn.usage) answer["usage"] = usage_of(turn);
  return to_text(answer);
}

std::vector<std::string> stream_events(const MockTurn& turn, const std::string& model) {
  std::vector<std::string> events;
  events.push_back(to_text(chunk_of(model, {{"role", "assistant"}, {"content", ""}}, nullptr)));
  for (const std::string& piece : pieces_of(turn.reasoning, turn.piece_bytes)) {
    events.push_back(to_text(chunk_of(model, {{turn.reasoning_key, piece}}, nullptr)));
  }
  for (const std::string& piece : pieces_of(turn.text, turn.piece_bytes)) {
    events.push_back(to_text(chunk_of(model, {{"content", piece}}, nullptr)));
  }
  add_call_events(turn, model, events);
  events.push_back(to_text(chunk_of(model, Json::object(), finish_of(turn))));
  if (turn.usage) {
    Json last = chunk_of(model, Json::object(), nullptr);
    last["choices"] = Json::array();
    last["usage"] = usage_of(turn);
    events.push_back(to_text(last));
  }
  events.push_back("[DONE]");
  return events;
}

MockOpenAi::MockOpenAi(Options options)
    : options_(std::move(options)),
      server_([this](const MockRequest& request,
                     MockConnection& connection) { return handle(request, connection); },
              options_.port) {}

std::string MockOpenAi::base_url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port()) + "/v1";
}

std::vector<Json> MockOpenAi::requests() const {
  std::vector<Json> bodies;
  for (const MockRequest& request : raw_requests()) {
    const Result<Json> body = parse_json(request.body);
    bodies.push_back(body ? *body : Json());
  }
  return bodies;
}

std::vector<MockRequest> MockOpenAi::raw_requests() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

bool MockOpenAi::handle(const MockRequest& request, MockConnection& connection) {
  const std::string json = "application/json";
  if (request.method == "GET") {
    Json models = {{"object", "list"}, {"data", Json::array()}};
    for (const std::string& name : options_.models) models["data"].push_back(Json{{"id", name}});
    return connection.send(http_answer(200, json, to_text(models)));
  }
  const auto key = request.headers.find("authorization");
  const bool known = key != request.headers.end() && key->second == "Bearer " + options_.key;
  if (!options_.key.empty() && !known) {
    const std::string shown = key == request.headers.end() ? "" : key->second.substr(7);
    const std::string body = error_body("Incorrect API key provided: " + shown, "invalid_api_key");
    return connection.send(http_answer(401, json, body));
  }
  const Result<Json> body = parse_json(request.body);
  const bool known_path = request.target.find("/chat/completions") != std::string::npos;
  if (!known_path)
    return connection.send(http_answer(404, json, error_body("no path", "not_found")));
  if (!body) {
    return connection.send(
        http_answer(400, json, error_body(body.error().detail, "invalid_request_error")));
  }
  return answer(request, *body, connection);
}

bool MockOpenAi::answer(const MockRequest& raw, const Json& request, MockConnection& connection) {
  int number = 0;
  {
    const std::lock_guard lock(mutex_);
    received_.push_back(raw);
    number = static_cast<int>(received_.size());
  }
  const std::string model = string_at(request, "model");
  if (options_.strict) {
    const std::string violation = violation_of(request, options_);
    if (!violation.empty()) {
      const std::string body = error_body(violation, "invalid_request_error");
      return connection.send(http_answer(400, "application/json", body));
    }
  }
  const MockTurn turn =
      options_.script ? options_.script(request, number) : scenario_turn(model, request, number);
  if (bool_at(request, "stream")) return send_stream(turn, model, connection);
  return send_plain_fault(turn, model, connection);
}

}  // namespace yoke::testing
