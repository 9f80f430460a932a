#include <array>
#include <cmath>

#include "models/choose_wire.h"
#include "models/embeddings/embed_wire.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/wire_promise.h"

// The same of OpenAI's protocols and Ollama's, in several dialects; and what is said to be vectors
// is vectors of numbers, or a failure. The first byte's low three bits say which, the next whether
// it streams, the rest in what pieces.
namespace yoke::fuzz {
namespace {

struct Kind {
  std::string_view preset;
  Preset::Wire wire;
  std::string_view model;
};
constexpr std::array kKinds{
    Kind{"openai-compatible", Preset::Wire::openai_chat, "deepseek-r1"},
    Kind{"openrouter", Preset::Wire::openai_chat, "anthropic/claude"},
    Kind{"mistral", Preset::Wire::openai_chat, "magistral"},
    Kind{"deepseek", Preset::Wire::openai_chat, "deepseek-v4"},
    Kind{"openai", Preset::Wire::openai_responses, "gpt-5"},
    Kind{"ollama", Preset::Wire::ollama, "gpt-oss"},
};

void check_vectors(EmbedDialect dialect, std::string_view bytes) {
  EmbedRequest request;
  request.texts = {"a", "b"};
  std::vector<std::vector<float>> vectors;
  const EmbedQuirks quirks;
  const EmbedWire wire(dialect, quirks, request, {0, 2}, vectors);
  const ToolNames names(std::vector<ToolSpec>{});
  const Secret key("sk-very-secret-key");
  const ReplyContext context{names, key, "lab", "e", wire.origin("lab", "e"), 100, 0};
  const ModelOutcome outcome = wire.decode(bytes, context, {});
  const auto* reply = std::get_if<ModelReply>(&outcome);
  if (reply == nullptr) return;
  check_usage(reply->usage);
  ENSURE(vectors.size() == 2);
  for (const std::vector<float>& vector : vectors) {
    ENSURE(!vector.empty());
    for (const float number : vector) ENSURE(std::isfinite(number));
  }
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = yoke::fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const auto first = static_cast<unsigned char>(input.front());
  const std::size_t kind = first & 7;
  if (kind >= yoke::fuzz::kKinds.size()) {
    const bool ollama = kind == yoke::fuzz::kKinds.size();
    const auto dialect = ollama ? yoke::EmbedDialect::ollama : yoke::EmbedDialect::openai;
    yoke::fuzz::check_vectors(dialect, input.substr(1));
    return 0;
  }
  const yoke::fuzz::Kind& one = yoke::fuzz::kKinds[kind];
  const auto wire = yoke::make_wire(*yoke::find_preset(one.preset), one.wire);
  yoke::fuzz::Given given;
  given.bytes = input.substr(1);
  given.streams = (first & 8) != 0;
  given.step = 1 + (first >> 4);
  yoke::fuzz::check_wire(*wire, std::string(one.model), given);
  return 0;
}
