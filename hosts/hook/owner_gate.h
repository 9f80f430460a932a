#pragma once

#include <string>

#include "hosts/hook/gatekeeper.h"

namespace yoke {

// For a door that only the user of this process can come through: it lets in whoever comes, as that
// user, who may do everything and answer every question.
class OwnerGate final : public Gatekeeper {
 public:
  explicit OwnerGate(std::string user) : who_(local_principal(std::move(user))) {}

  awaitable<Admission> admit(const HttpRequest& request) override;
  std::optional<Refusal> check_site(const HttpRequest&) const override { return std::nullopt; }
  HttpHeaders cors_headers(const HttpRequest&) const override { return {}; }
  std::optional<Refusal> may_answer(const Principal&, const std::string&,
                                    const std::string&) const override {
    return std::nullopt;
  }

 private:
  const Principal who_;
};

}  // namespace yoke
