#pragma once

#include "hosts/hook/gatekeeper.h"

namespace yoke {

// Lets everybody in as the user of this machine.
class OpenGate final : public Gatekeeper {
 public:
  awaitable<Admission> admit(const HttpRequest& request) override;
  std::optional<Refusal> check_site(const HttpRequest& request) const override;
  HttpHeaders cors_headers(const HttpRequest& request) const override;
  std::optional<Refusal> may_answer(const Principal& who, const std::string& agent,
                                    const std::string& started_by) const override;
};

}  // namespace yoke
