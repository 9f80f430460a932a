#include "tests/support/mock_gemini.h"

#include <array>

#include "runtime/base/hash.h"

namespace yoke::testing {
namespace {

struct NameOfStatus {
  int status;
  std::string_view name;
};
constexpr std::array kNames{
    NameOfStatus{400, "INVALID_ARGUMENT"},   NameOfStatus{401, "UNAUTHENTICATED"},
    NameOfStatus{403, "PERMISSION_DENIED"},  NameOfStatus{404, "NOT_FOUND"},
    NameOfStatus{429, "RESOURCE_EXHAUSTED"}, NameOfStatus{500, "INTERNAL"},
    NameOfStatus{503, "UNAVAILABLE"},        NameOfStatus{504, "DEADLINE_EXCEEDED"}};

Json error_json(const VendorRefusal& refusal) {
  std::string name = refusal.type;
  for (const NameOfStatus& one : kNames) {
    if (name.empty() && one.status == refusal.status) name = one.name;
  }
  Json error = {{"code", refusal.status}, {"message", refusal.text}, {"status", name}};
  if (refusal.text.starts_with("API key not valid")) {
    error["details"] = Json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                     {"reason", "API_KEY_INVALID"},
                                     {"domain", "googleapis.com"}}});
  }
  return {{"error", error}};
}

class GeminiWire final : public VendorWire {
 public:
  std::string key_header() const override { return "x-goog-api-key"; }
  VendorRefusal wrong_key() const override {
    return {400, "", "API key not valid. Please pass a valid API key."};
  }
  std::optional<VendorRefusal> refusal(const MockRequest& raw, const Json& request) override {
    model_ = gemini_model_of(raw);
    return gemini_refusal(raw, request, memory_);
  }
  bool streams(const MockRequest& raw, const Json&) const override {
    return raw.target.find(":streamGenerateContent") != std::string::npos;
  }
  std::string error_body(const VendorRefusal& refusal) const override {
    return to_text(error_json(refusal));
  }
  std::string error_event(const VendorRefusal& refusal) const override {
    return event_bytes(to_text(error_json(refusal)));
  }

  std::string whole(const VendorTurn& turn, const Json&) override {
    Json parts = Json::array();
    for (const std::string& thought : turn.thinking) {
      parts.push_back({{"text", thought}, {"thought", true}});
    }
    if (!turn.text.empty()) parts.push_back({{"text", turn.text}});
    add_rest(turn, parts);
    if (turn.calls.empty() && !parts.empty()) sign(parts.back());
    return to_text(answer(parts, stop_of(turn)));
  }

  // The signature of an answer without calls comes with an empty text, as the vendor's does.
  std::vector<std::string> events(const VendorTurn& turn, const Json&) override {
    std::vector<std::string> events;
    const auto add = [&](Json part, const std::string& stop) {
      events.push_back(event_bytes(to_text(answer(Json::array({std::move(part)}), stop))));
    };
    for (const std::string& thought : turn.thinking) {
      for (const std::string& piece : pieces_of(thought, turn.piece_bytes)) {
        add({{"text", piece}, {"thought", true}}, "");
      }
    }
    for (const std::string& piece : pieces_of(turn.text, turn.piece_bytes)) {
      add({{"text", piece}}, "");
    }
    Json rest = Json::array();
    add_rest(turn, rest);
    for (const Json& part : rest) add(part, "");
    Json last = {{"text", ""}};
    const bool signs = turn.calls.empty() && turn.fault != MockFault::empty_reply;
    if (signs) sign(last);
    add(last, stop_of(turn));
    return events;
  }

 private:
  static std::string stop_of(const VendorTurn& turn) {
    return turn.stop.empty() ? "STOP" : turn.stop;
  }

  Json answer(Json parts, const std::string& stop) const {
    Json candidate = {{"content", {{"role", "model"}, {"parts", std::move(parts)}}}, {"index", 0}};
    if (!stop.empty()) candidate["finishReason"] = stop;
    return {{"candidates", Json::array({candidate})},
            {"usageMetadata",
             {{"promptTokenCount", 90},
              {"cachedContentTokenCount", 40},
              {"candidatesTokenCount", stop.empty() ? 1 : 15},
              {"thoughtsTokenCount", 5},
              {"toolUsePromptTokenCount", 10},
              {"totalTokenCount", 120}}},
            {"modelVersion", model_},
            {"responseId", "mock-" + std::to_string(signatures_)}};
  }

  void sign(Json& part) {
    const std::string text = to_text(part);
    const Hash hash = sha256(text + "\n" + std::to_string(++signatures_));
    const std::string signature = "Sig/" + to_hex(hash) + "==";
    memory_.part_of_signature[signature] = text;
    part["thoughtSignature"] = signature;
  }

  // The image and the calls; the first call is signed.
  void add_rest(const VendorTurn& turn, Json& parts) {
    if (!turn.image.empty()) {
      parts.push_back({{"inlineData", {{"mimeType", "image/png"}, {"data", turn.image}}}});
    }
    bool first = true;
    for (const MockCall& call : turn.calls) {
      const Result<Json> args = parse_json(call.args);
      Json function = {{"name", call.name}, {"args", args ? *args : Json::object()}};
      if (!call.id.empty()) function["id"] = call.id;
      Json part = {{"functionCall", function}};
      if (first) sign(part);
      first = false;
      parts.push_back(part);
    }
  }

  GeminiMemory memory_;
  std::string model_;
  int signatures_ = 0;
};

}  // namespace

std::string gemini_model_of(const MockRequest& raw) {
  constexpr std::string_view kBefore = "/models/";
  const std::size_t begin = raw.target.find(kBefore);
  if (begin == std::string::npos) return {};
  const std::size_t end = raw.target.find(':', begin);
  return raw.target.substr(begin + kBefore.size(), end - begin - kBefore.size());
}

std::unique_ptr<MockVendor> mock_gemini(MockVendor::Options options) {
  return std::make_unique<MockVendor>(std::move(options), std::make_unique<GeminiWire>(),
                                      "/v1beta");
}

}  // namespace yoke::testing
