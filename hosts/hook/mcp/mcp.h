#pragma once

#include <memory>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/mcp/session.h"
#include "hosts/hook/services.h"

namespace yoke {

// /mcp: Yoke as an MCP server over HTTP, of both eras of the protocol, and where its clients learn
// how to sign in.
//
// Ownership: borrows the services, which outlive it. stop() has returned before they go.
// Threads:   loop thread only.
class McpEndpoint {
 public:
  // Errors: invalid: what [serve.mcp] says, with file:line.
  static Result<std::unique_ptr<McpEndpoint>> make(HookServices services, std::string version);
  ~McpEndpoint();
  McpEndpoint(const McpEndpoint&) = delete;
  McpEndpoint& operator=(const McpEndpoint&) = delete;

  void add(Endpoints& endpoints);
  // For the control socket: /mcp, and pipes of `yoke mcp serve` beside this process.
  void add_for_own_user(Endpoints& endpoints);
  // For Dispatcher::OnRefused: adds to a refusal at /mcp how tokens are come by.
  static void tell_refused(const Config& config, const std::string& path, Refusal& refusal,
                           const HttpRequest& request);
  const mcp_hook::ServerRef& server() const;
  awaitable<void> stop();  // ends the sessions and pipes; what they had begun is cancelled

  struct Parts;
  explicit McpEndpoint(std::shared_ptr<Parts> parts);

 private:
  std::shared_ptr<Parts> parts_;  // shared with the endpoints
};

}  // namespace yoke
