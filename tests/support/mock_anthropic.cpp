#include "tests/support/mock_anthropic.h"

#include <array>

#include "runtime/base/hash.h"

namespace yoke::testing {
namespace {

struct TypeOfStatus {
  int status;
  std::string_view type;
};
constexpr std::array kTypes{
    TypeOfStatus{400, "invalid_request_error"}, TypeOfStatus{401, "authentication_error"},
    TypeOfStatus{402, "billing_error"},         TypeOfStatus{403, "permission_error"},
    TypeOfStatus{404, "not_found_error"},       TypeOfStatus{413, "request_too_large"},
    TypeOfStatus{429, "rate_limit_error"},      TypeOfStatus{500, "api_error"},
    TypeOfStatus{504, "timeout_error"},         TypeOfStatus{529, "overloaded_error"}};

Json error_json(const VendorRefusal& refusal) {
  std::string type = refusal.type;
  for (const TypeOfStatus& one : kTypes) {
    if (type.empty() && one.status == refusal.status) type = one.type;
  }
  return {{"type", "error"},
          {"error", {{"type", type}, {"message", refusal.text}}},
          {"request_id", "req_mock"}};
}

std::string named(const Json& event) {
  return event_bytes(to_text(event), string_at(event, "type"));
}

Json usage_json(bool last) {
  Json usage = {{"input_tokens", 50},
                {"cache_creation_input_tokens", 10},
                {"cache_read_input_tokens", 40},
                {"output_tokens", last ? 20 : 1},
                {"service_tier", "standard"}};
  if (last) usage["output_tokens_details"] = {{"thinking_tokens", 5}};
  return usage;
}

class AnthropicWire final : public VendorWire {
 public:
  std::string key_header() const override { return "x-api-key"; }
  VendorRefusal wrong_key() const override { return {401, "", "invalid x-api-key"}; }

  std::optional<VendorRefusal> refusal(const MockRequest& raw, const Json& request) override {
    return anthropic_refusal(raw, request, memory_);
  }
  bool streams(const MockRequest&, const Json& request) const override {
    return bool_at(request, "stream");
  }
  std::string error_body(const VendorRefusal& refusal) const override {
    return to_text(error_json(refusal));
  }
  std::string error_event(const VendorRefusal& refusal) const override {
    return named(error_json(refusal));
  }

  std::string whole(const VendorTurn& turn, const Json& request) override {
    Json answer = message_json(request, true);
    answer["content"] = content_of(turn);
    answer.update(stop_of(turn));
    return to_text(answer);
  }

  std::vector<std::string> events(const VendorTurn& turn, const Json& request) override {
    std::vector<std::string> events;
    events.push_back(named({{"type", "message_start"}, {"message", message_json(request, false)}}));
    events.push_back(named({{"type", "ping"}}));
    const Json content = content_of(turn);
    for (std::size_t at = 0; at < content.size(); ++at) {
      add_block(content[at], at, turn.piece_bytes, events);
    }
    events.push_back(
        named({{"type", "message_delta"}, {"delta", stop_of(turn)}, {"usage", usage_json(true)}}));
    events.push_back(named({{"type", "message_stop"}}));
    return events;
  }

 private:
  static Json message_json(const Json& request, bool whole) {
    return {{"id", "msg_mock"},         {"type", "message"},
            {"role", "assistant"},      {"model", string_at(request, "model")},
            {"content", Json::array()}, {"stop_reason", nullptr},
            {"stop_sequence", nullptr}, {"usage", usage_json(whole)}};
  }

  static std::string stop_reason_of(const VendorTurn& turn) {
    if (!turn.stop.empty()) return turn.stop;
    if (turn.paused) return "pause_turn";
    if (!turn.stop_sequence.empty()) return "stop_sequence";
    return turn.calls.empty() ? "end_turn" : "tool_use";
  }

  static Json stop_of(const VendorTurn& turn) {
    const std::string& met = turn.stop_sequence;
    return {{"stop_reason", stop_reason_of(turn)},
            {"stop_sequence", met.empty() ? Json(nullptr) : Json(met)}};
  }

  Json content_of(const VendorTurn& turn) {
    Json content = Json::array();
    std::vector<std::string> thinking;
    for (const std::string& thought : turn.thinking) {
      const Hash hash = sha256(thought + "\n" + std::to_string(++blocks_));
      content.push_back(
          {{"type", "thinking"}, {"thinking", thought}, {"signature", "sig+" + to_hex(hash)}});
    }
    if (!turn.redacted.empty()) {
      content.push_back({{"type", "redacted_thinking"}, {"data", turn.redacted}});
    }
    for (const Json& block : content) thinking.push_back(to_text(block));
    memory_.thinking.insert(thinking.begin(), thinking.end());
    if (turn.paused) {
      content.push_back({{"type", "server_tool_use"},
                         {"id", "srvtoolu_mock_" + std::to_string(++calls_)},
                         {"name", "web_search"},
                         {"input", {{"query", "Oslo"}}}});
    }
    if (!turn.text.empty()) content.push_back({{"type", "text"}, {"text", turn.text}});
    for (const MockCall& call : turn.calls) {
      const std::string minted = "toolu_mock_" + std::to_string(++calls_);
      const std::string id = call.id.empty() ? minted : call.id;
      const Result<Json> input = parse_json(call.args);
      content.push_back({{"type", "tool_use"},
                         {"id", id},
                         {"name", call.name},
                         {"input", input ? *input : Json::object()}});
      memory_.thinking_of_call[id] = thinking;
    }
    memory_.paused = turn.paused;
    return content;
  }

  static void add_deltas(const std::string& text, std::size_t bytes, std::size_t index,
                         const std::string& type, const std::string& key,
                         std::vector<std::string>& events) {
    for (const std::string& piece : pieces_of(text, bytes)) {
      events.push_back(named({{"type", "content_block_delta"},
                              {"index", index},
                              {"delta", {{"type", type}, {key, piece}}}}));
    }
  }

  static void add_block(const Json& block, std::size_t index, std::size_t bytes,
                        std::vector<std::string>& events) {
    Json start = block;
    const std::string type = string_at(block, "type");
    if (type == "text") start["text"] = "";
    if (type == "thinking") start["thinking"] = start["signature"] = "";
    if (type == "tool_use" || type == "server_tool_use") start["input"] = Json::object();
    events.push_back(
        named({{"type", "content_block_start"}, {"index", index}, {"content_block", start}}));
    add_deltas(string_at(block, "text"), bytes, index, "text_delta", "text", events);
    add_deltas(string_at(block, "thinking"), bytes, index, "thinking_delta", "thinking", events);
    add_deltas(string_at(block, "signature"), 1000, index, "signature_delta", "signature", events);
    if (block.contains("input") && !block["input"].empty()) {
      add_deltas(to_text(block["input"]), bytes, index, "input_json_delta", "partial_json", events);
    }
    events.push_back(named({{"type", "content_block_stop"}, {"index", index}}));
  }

  AnthropicMemory memory_;
  int blocks_ = 0;
  int calls_ = 0;
};

}  // namespace

std::unique_ptr<MockVendor> mock_anthropic(MockVendor::Options options) {
  return std::make_unique<MockVendor>(std::move(options), std::make_unique<AnthropicWire>(), "/v1");
}

}  // namespace yoke::testing
