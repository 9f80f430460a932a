#pragma once

#include <string>
#include <utility>
#include <variant>

#include "hosts/hook/principal.h"
#include "runtime/base/json.h"
#include "runtime/loop/asio.h"
#include "tools/mcp/wire/message.h"
#include "tools/mcp/wire/versions.h"

// One request of an MCP client, whatever it came by, and what is answered.
namespace yoke::mcp_hook {

// Who asks, and what their program can do.
struct Client {
  Principal who;
  mcp::Era era = mcp::Era::modern;
  std::string version = std::string(mcp::kModernVersion);
  Json capabilities = Json::object();
  Json info = Json::object();
  std::string log_level = {};  // the least that is told; empty: nothing is

  // "elicitation", "sampling", "roots".
  bool can(std::string_view capability) const;
  bool speaks_tasks() const;  // the tasks extension, of the modern era alone
};

// The way to the client while one of its requests is answered.
// Threads: loop thread only.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // A notification on the request's own stream.
  virtual void tell(std::string method, Json params) = 0;
  // Legacy clients alone: a request to the client; what it answers. Cancelled with the request.
  virtual awaitable<mcp::RpcMessage> ask(std::string method, Json params) = 0;
};

struct Request {
  Json id;
  std::string method;
  Json params = Json::object();
  Client client;
  Exchange* exchange = nullptr;  // outlives the answering
  std::string traceparent = {};  // of the request; may be empty
};
// A member of the request's `_meta`.
const Json& meta_of(const Request& request, std::string_view key);

// A result, or an error.
using Answer = std::variant<mcp::RpcError, Json>;

mcp::RpcError wrong_params(std::string message, Json data = nullptr);
mcp::RpcError no_such_method(const std::string& method);
// The client would have to be able to do that: {"sampling":{}}.
mcp::RpcError lacks_capability(Json required, const std::string& what);

}  // namespace yoke::mcp_hook
