#include "hosts/hook/mcp/protocol.h"

#include "runtime/base/text.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp_hook {

bool Client::can(std::string_view capability) const {
  return member_at(capabilities, capability).is_object();
}

bool Client::speaks_tasks() const {
  const Json& extensions = member_at(capabilities, "extensions");
  return era == mcp::Era::modern && member_at(extensions, mcp::extension::kTasks).is_object();
}

const Json& meta_of(const Request& request, std::string_view key) {
  return member_at(member_at(request.params, "_meta"), key);
}

mcp::RpcError wrong_params(std::string message, Json data) {
  return mcp::RpcError{mcp::code::kInvalidParams, std::move(message), std::move(data)};
}

mcp::RpcError no_such_method(const std::string& method) {
  return mcp::RpcError{mcp::code::kMethodNotFound,
                       "there is no method '" + shorten(printable(method), 80) + "' here"};
}

mcp::RpcError lacks_capability(Json required, const std::string& what) {
  Json data{{"requiredCapabilities", std::move(required)}};
  return mcp::RpcError{mcp::code::kMissingCapability, what, std::move(data)};
}

}  // namespace yoke::mcp_hook
