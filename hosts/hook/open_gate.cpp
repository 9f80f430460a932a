#include "hosts/hook/open_gate.h"

namespace yoke {

awaitable<Gatekeeper::Admission> OpenGate::admit(const HttpRequest&) {
  co_return local_principal("local");
}

std::optional<Refusal> OpenGate::check_site(const HttpRequest&) const { return std::nullopt; }

HttpHeaders OpenGate::cors_headers(const HttpRequest&) const { return {}; }

std::optional<Refusal> OpenGate::may_answer(const Principal&, const std::string&,
                                            const std::string&) const {
  return std::nullopt;
}

}  // namespace yoke
