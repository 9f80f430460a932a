#include "tools/broker/broker.h"

#include <algorithm>
#include <utility>

namespace yoke {
namespace {

sandbox::HostReply refusal(std::string message) {
  sandbox::HostReply reply;
  reply.ok = false;
  reply.message = std::move(message);
  return reply;
}

}  // namespace

Broker::Broker(std::vector<std::unique_ptr<HostModule>> modules) : modules_(std::move(modules)) {}

HostModule* Broker::find(std::string_view name) const {
  for (const auto& module : modules_) {
    if (module->name() == name) return module.get();
  }
  return nullptr;
}

Result<void> Broker::check(const Permissions& permissions) const {
  for (const std::string& name : permissions.modules()) {
    if (find(name) != nullptr) continue;
    return Error{Errc::unsupported,
                 "permissions: the module '" + name + "' is not available to tool scripts here"};
  }
  return {};
}

awaitable<sandbox::HostReply> Broker::handle(sandbox::HostCall call, CallScope& scope) {
  const std::vector<std::string> granted = scope.permissions().modules();
  HostModule* module = find(call.module);
  if (module == nullptr ||
      std::find(granted.begin(), granted.end(), call.module) == granted.end()) {
    const InnerRequest request{call.module + "." + call.function, Json::object(), Effect::once};
    const Error error = scope.refuse(request, "the module '" + call.module + "' is not granted");
    co_return refusal(error.detail);
  }
  Result<Json> result =
      co_await module->call(std::move(call.function), std::move(call.args), scope);
  if (!result) co_return refusal(scope.secrets().cut(result.error().message()));
  sandbox::HostReply reply;
  reply.value = scope.secrets().cut_json(std::move(*result));
  co_return reply;
}

}  // namespace yoke
