#include "tests/support/mock_responses.h"

#include "runtime/base/hash.h"

namespace yoke::testing {
namespace {

Json responses_error_json(const VendorRefusal& refusal) {
  std::string type = refusal.type;
  if (type.empty()) type = refusal.status >= 500 ? "server_error" : "invalid_request_error";
  return {{"message", refusal.text}, {"type", type}, {"param", nullptr}, {"code", nullptr}};
}

class ResponsesFake final : public VendorWire {
 public:
  std::string key_header() const override { return "authorization"; }
  VendorRefusal wrong_key() const override {
    return {401, "invalid_request_error", "Incorrect API key provided."};
  }
  std::optional<VendorRefusal> refusal(const MockRequest& raw, const Json& request) override {
    return responses_refusal(raw, request, memory_);
  }
  bool streams(const MockRequest&, const Json& request) const override {
    return bool_at(request, "stream");
  }
  std::string error_body(const VendorRefusal& refusal) const override {
    return to_text({{"error", responses_error_json(refusal)}});
  }
  std::string error_event(const VendorRefusal& refusal) const override {
    Json event = responses_error_json(refusal);
    event["code"] = event["type"];
    event["type"] = "error";
    return event_bytes(to_text(event), "error");
  }

  std::string whole(const VendorTurn& turn, const Json& request) override {
    return to_text(response(items_of(turn, request), request));
  }

  std::vector<std::string> events(const VendorTurn& turn, const Json& request) override {
    std::vector<std::string> out;
    int number = 0;
    const auto add = [&](Json event) {
      event["sequence_number"] = number++;
      out.push_back(event_bytes(to_text(event), string_at(event, "type")));
    };
    const Json begun = {
        {"id", "resp_mock"}, {"model", request["model"]}, {"output", Json::array()}};
    add({{"type", "response.created"}, {"response", begun}});
    add({{"type", "response.in_progress"}, {"response", begun}});
    const Json items = items_of(turn, request);
    for (std::size_t at = 0; at < items.size(); ++at) {
      const auto place = static_cast<std::int64_t>(at);
      add({{"type", "response.output_item.added"},
           {"output_index", place},
           {"item", begun_item(items[at])}});
      for (Json& piece : pieces_of_item(items[at], turn.piece_bytes)) {
        piece["output_index"] = place;
        add(std::move(piece));
      }
      add({{"type", "response.output_item.done"}, {"output_index", place}, {"item", items[at]}});
    }
    add({{"type", "response.completed"}, {"response", response(items, request)}});
    return out;
  }

 private:
  static Json response(const Json& items, const Json& request) {
    const Json usage = {{"input_tokens", 100},
                        {"input_tokens_details", {{"cached_tokens", 40}}},
                        {"output_tokens", 20},
                        {"output_tokens_details", {{"reasoning_tokens", 5}}},
                        {"total_tokens", 120}};
    return {{"id", "resp_mock"},     {"object", "response"}, {"model", request["model"]},
            {"status", "completed"}, {"output", items},      {"usage", usage},
            {"error", nullptr}};
  }

  // As it is before its contents come.
  static Json begun_item(Json item) {
    const std::string type = string_at(item, "type");
    if (type == "reasoning") {
      item["summary"] = Json::array();
      item["encrypted_content"] = "begun";
    }
    if (type == "message") item["content"] = Json::array();
    if (type == "function_call") item["arguments"] = "";
    return item;
  }

  static std::vector<Json> pieces_of_item(const Json& item, std::size_t bytes) {
    const std::string type = string_at(item, "type");
    std::string kind = "response.output_text.delta";
    std::string text;
    if (type == "message") text = string_at(item["content"][0], "text");
    if (type == "function_call") {
      kind = "response.function_call_arguments.delta";
      text = string_at(item, "arguments");
    }
    if (type == "reasoning" && !item["summary"].empty()) {
      kind = "response.reasoning_summary_text.delta";
      text = string_at(item["summary"][0], "text");
    }
    std::vector<Json> pieces;
    for (const std::string& piece : pieces_of(text, bytes)) {
      pieces.push_back({{"type", kind}, {"delta", piece}});
    }
    return pieces;
  }

  Json items_of(const VendorTurn& turn, const Json& request) {
    const bool ciphers =
        to_text(member_at(request, "include")).find("encrypted") != std::string::npos;
    Json items = Json::array();
    for (const std::string& thought : turn.thinking) items.push_back(reasoning(thought, ciphers));
    if (!turn.text.empty()) {
      const Json text = {
          {"type", "output_text"}, {"text", turn.text}, {"annotations", Json::array()}};
      items.push_back({{"type", "message"},
                       {"id", "msg_" + std::to_string(++ids_)},
                       {"role", "assistant"},
                       {"phase", turn.calls.empty() ? "final_answer" : "commentary"},
                       {"content", Json::array({text})}});
    }
    for (const MockCall& call : turn.calls) {
      const std::string id = std::to_string(++ids_);
      items.push_back({{"type", "function_call"},
                       {"id", "fc_" + id},
                       {"call_id", call.id.empty() ? "call_" + id : call.id},
                       {"name", call.name},
                       {"arguments", call.args},
                       {"status", "completed"}});
    }
    return items;
  }

  Json reasoning(const std::string& thought, bool ciphers) {
    Json item = {{"type", "reasoning"}, {"id", "rs_" + std::to_string(++ids_)}};
    item["summary"] = Json::array({{{"type", "summary_text"}, {"text", thought}}});
    if (!ciphers) return item;
    const Hash hash = sha256(thought + "\n" + std::to_string(ids_));
    const std::string cipher = "gAAA" + to_hex(hash);
    item["encrypted_content"] = cipher;
    memory_.item_of_cipher[cipher] = to_text(item);
    return item;
  }

  ResponsesMemory memory_;
  int ids_ = 0;
};

}  // namespace

VendorTurn responses_talk(const Json& request, int) {
  const Json& last = request.at("input").back();
  VendorTurn turn;
  turn.thinking = {"Let me think."};
  const Json& tools = member_at(request, "tools");
  if (string_at(last, "type") == "function_call_output") {
    turn.text = "The tool said: " + string_at(last, "output");
  } else if (tools.is_array() && !tools.empty()) {
    turn.text = "I shall ask a tool.";
    turn.calls.push_back({"", string_at(tools.front(), "name"), "{}"});
  } else {
    turn.text = "You said: " + string_at(member_at(last, "content").back(), "text");
  }
  return turn;
}

std::unique_ptr<MockVendor> mock_responses(MockVendor::Options options) {
  if (!options.key.empty()) options.key = "Bearer " + options.key;
  return std::make_unique<MockVendor>(std::move(options), std::make_unique<ResponsesFake>(), "/v1");
}

}  // namespace yoke::testing
