#include <stdexcept>

#include "tests/support/mock_openai.h"

namespace yoke::testing {
namespace {

std::size_t count_of(std::string_view text, std::string_view needle, std::size_t from) {
  std::size_t count = 0;
  for (std::size_t at = text.find(needle, from); at != std::string_view::npos;
       at = text.find(needle, at + needle.size())) {
    ++count;
  }
  return count;
}

// The text of the object that begins at `from`, strings skipped.
std::string_view object_at(std::string_view text, std::size_t from) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (quoted && text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      quoted = !quoted;
    else if (!quoted && text[at] == '{')
      ++depth;
    else if (!quoted && text[at] == '}' && --depth == 0)
      return text.substr(from, at - from + 1);
  }
  return {};
}

Json value_for(const Json& schema, std::size_t step) {
  const std::string type = string_at(schema, "type");
  const Json& allowed = member_at(schema, "enum");
  if (allowed.is_array() && !allowed.empty()) return allowed.front();
  if (type == "integer" || type == "number") return step;
  if (type == "boolean") return true;
  if (type == "array") return Json::array();
  if (type == "object") return Json::object();
  return "step" + std::to_string(step);
}

MockTurn bench_turn(std::string_view body) {
  constexpr std::size_t kCalls = 4;
  MockTurn turn;
  const std::size_t last_user = body.rfind("\"role\":\"user\"");
  const std::size_t from = last_user == std::string_view::npos ? 0 : last_user;
  const std::size_t step = count_of(body, "\"role\":\"tool\"", from);
  const std::size_t tools = body.rfind("\"tools\":[");
  const std::size_t function = body.find("\"function\":", tools);
  if (step >= kCalls || tools == std::string_view::npos || function == std::string_view::npos) {
    turn.text = "All four steps are done, and this is what they found.";
    return turn;
  }
  const Result<Json> tool = parse_json(object_at(body, body.find('{', function)));
  if (!tool) throw std::runtime_error("the bench cannot read the tool: " + tool.error().detail);
  const Json& schema = member_at(*tool, "parameters");
  Json args = Json::object();
  for (const auto& [name, property] : member_at(schema, "properties").items()) {
    args[name] = value_for(property, step + 1);
  }
  turn.reasoning = "One more step is needed.";
  turn.calls.push_back(
      {"call_" + std::to_string(step + 1), string_at(*tool, "name"), to_text(args)});
  return turn;
}

bool serve_bench(const MockRequest& request, MockConnection& connection) {
  const MockTurn turn = bench_turn(request.body);
  const std::string model = "bench5";
  if (request.body.find("\"stream\":true") == std::string::npos) {
    return connection.send(http_answer(200, "application/json", whole_answer(turn, model)));
  }
  std::string bytes = stream_head();
  for (const std::string& event : stream_events(turn, model)) bytes += stream_chunk(event);
  return connection.send(bytes + "0\r\n\r\n");
}

constexpr std::string_view kFixedModel = "\"model\":\"fixed-";

// 240 characters, in as many events as the model's name says.
MockTurn fixed_turn(std::size_t events) {
  constexpr std::size_t kBytes = 240;
  MockTurn turn;
  turn.text = std::string(kBytes, 'w');
  turn.piece_bytes = std::max<std::size_t>(kBytes / std::max<std::size_t>(events, 1), 1);
  return turn;
}

std::size_t events_asked_for(std::string_view body) {
  const std::size_t at = body.find(kFixedModel);
  if (at == std::string_view::npos) throw std::runtime_error("the model is no 'fixed-N'");
  std::size_t events = 0;
  for (char c : body.substr(at + kFixedModel.size(), 4)) {
    if (c < '0' || c > '9') break;
    events = events * 10 + static_cast<std::size_t>(c - '0');
  }
  return events;
}

std::string fixed_stream(std::size_t events) {
  std::string bytes = stream_head();
  for (const std::string& event : stream_events(fixed_turn(events), "fixed")) {
    bytes += stream_chunk(event);
  }
  return bytes + "0\r\n\r\n";
}

}  // namespace

BenchServer::BenchServer(std::uint16_t port) : server_(serve_bench, port) {}

FixedServer::FixedServer(std::uint16_t port)
    : whole_(http_answer(200, "application/json", whole_answer(fixed_turn(1), "fixed"))),
      streams_{{20, fixed_stream(20)}, {240, fixed_stream(240)}},
      server_([this](const auto& request, auto& connection) { return serve(request, connection); },
              port) {}

bool FixedServer::serve(const MockRequest& request, MockConnection& connection) const {
  if (request.body.find("\"stream\":true") == std::string::npos) return connection.send(whole_);
  const auto stream = streams_.find(events_asked_for(request.body));
  if (stream == streams_.end()) throw std::runtime_error("only 20 or 240 events are kept ready");
  return connection.send(stream->second);
}

}  // namespace yoke::testing
