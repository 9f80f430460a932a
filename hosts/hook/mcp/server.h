#pragma once

#include <string>

#include "hosts/hook/mcp/catalogue.h"
#include "hosts/hook/mcp/changes.h"
#include "hosts/hook/mcp/log_tap.h"
#include "hosts/hook/mcp/protocol.h"

namespace yoke::mcp_hook {

// Yoke as an MCP server, whatever its clients come by: agents, workflows and tools as tools,
// prompts, memory and runs as resources. Each call is a run, on record as any other.
//
// Ownership: borrows the services, which outlive it and every answering.
// Threads:   loop thread only.
class Server {
 public:
  Server(HookServices services, McpServeConfig config, std::string version);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Of either era, save what belongs to a session: `initialize`, `ping`, `logging/setLevel`,
  // `resources/subscribe`. Never throws for what the request did. Cancelled: its run is cancelled.
  awaitable<Answer> answer(Request request);

  // Whether a call over HTTP carries the headers that its tool's schema asks for. None: it does.
  std::optional<mcp::RpcError> check_param_headers(const Request& request,
                                                   const HttpHeaders& headers);

  Json capabilities(mcp::Era era) const;
  Json server_info() const;
  const McpServeConfig& config() const { return config_; }
  Changes& changes() { return changes_; }
  HookServices services() const { return services_; }

 private:
  using Handler = awaitable<Answer> (Server::*)(const Request& request);
  static Handler handler_of(const std::string& method, mcp::Era era);
  awaitable<Answer> discover(const Request& request);
  awaitable<Answer> list_tools(const Request& request);
  awaitable<Answer> call_tool(const Request& request);
  awaitable<Answer> list_prompts(const Request& request);
  awaitable<Answer> get_prompt(const Request& request);
  awaitable<Answer> list_resources(const Request& request);
  awaitable<Answer> list_templates(const Request& request);
  awaitable<Answer> read_resource(const Request& request);
  awaitable<Answer> complete(const Request& request);
  awaitable<Answer> listen(const Request& request);
  awaitable<Answer> tasks(const Request& request);
  Json finished(const Request& request, Json result) const;
  awaitable<std::string> state_key();

  HookServices services_;
  const McpServeConfig config_;
  const std::string version_;
  Catalogue catalogue_;
  LogTap logs_;
  Changes changes_;
  std::string state_key_;  // empty: not read yet
};

// What the handlers share.
struct CallParts {
  HookServices hook;
  LogTap& logs;
  std::string state_key;
};
struct Terms;
// Begins the run of a call, or goes on with the one that the request's state names, and gives what
// comes of it.
awaitable<Answer> answer_by_run(CallParts parts, const Request& request, const Offer& offer,
                                const Json& args, Terms terms);

// A page of a list: {"NAME":[…],"nextCursor"?}. Errors: the cursor is none of this list.
Answer page_of(const std::string& name, Json items, const Request& request);

}  // namespace yoke::mcp_hook
