#pragma once

#include <string>

#include "tools/broker/host_module.h"
#include "tools/testing/test_talk.h"

namespace yoke {

// Stands for a module of the host while a tool is tested: a request must be admitted as the real
// module would admit it, and is then answered by the test. It never acts.
//
// Ownership: borrows both.
class StubModule final : public HostModule {
 public:
  StubModule(HostModule& real, TestTalk& talk) : real_(real), talk_(talk) {}

  std::string_view name() const override { return real_.name(); }
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

 private:
  HostModule& real_;
  TestTalk& talk_;
};

}  // namespace yoke
