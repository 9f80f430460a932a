#include "models/local/server_kind.h"

#include <array>

namespace yoke::local {
namespace {

constexpr std::string_view kPort = "{port}";

// Sources: llama.cpp tools/server/README.md (/health is 503 while a model loads; /props has
// total_slots); docs.vllm.ai (/health); docs.sglang.io native APIs (/health_generate makes one
// token); Ollama docs/api.md (/api/version, keep_alive) and docs/faq.md (OLLAMA_NUM_PARALLEL is 1).
// vLLM and SGLang batch what arrives, so that their slots only keep others from waiting in them.
constexpr std::array kKinds{
    ServerKind{"llama.cpp", "/health", "/props", 1, false},
    ServerKind{"vllm", "/health", "", 32, false},
    ServerKind{"sglang", "/health_generate", "", 32, false},
    ServerKind{"ollama", "/api/version", "", 1, true},
};
constexpr ServerKind kGeneral{"", "/v1/models", "", 1, false};

}  // namespace

const ServerKind& server_kind(std::string_view preset) {
  for (const ServerKind& kind : kKinds) {
    if (kind.preset == preset) return kind;
  }
  return kGeneral;
}

std::string root_of(std::string_view base_url) {
  const std::size_t scheme = base_url.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  return std::string(base_url.substr(0, base_url.find_first_of("/?#", host)));
}

std::string with_port(std::string text, int port) {
  const std::string number = std::to_string(port);
  for (std::size_t at = text.find(kPort); at != std::string::npos; at = text.find(kPort, at)) {
    text.replace(at, kPort.size(), number);
    at += number.size();
  }
  return text;
}

bool names_port(std::string_view text) { return text.find(kPort) != std::string_view::npos; }

}  // namespace yoke::local
