#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/config/mcp_serve_config.h"
#include "hosts/hook/mcp/protocol.h"
#include "hosts/hook/services.h"

namespace yoke::mcp_hook {

// An agent, a workflow or a tool of the project that a client may call.
struct Offer {
  enum class Kind : std::uint8_t { agent, workflow, tool };
  Kind kind = Kind::tool;
  std::string name;    // as clients know it: letters, digits, '_', '-' and '.'
  std::string target;  // as the project knows it
  std::string description;
  Json input_schema = Json::object();
  Json output_schema = nullptr;  // null: it says nothing of its results
  std::optional<Effect> effect = {};
  McpTask task = McpTask::late;
};
// As tools/list shows it.
Json listing_of(const Offer& offer);

// What the project has, and who is shown what of it.
//
// Ownership: borrows what it is given.
// Threads:   loop thread only.
class Catalogue {
 public:
  Catalogue(HookServices services, const McpServeConfig& config)
      : services_(services), config_(config) {}

  // Those that [serve.mcp] names and this one may use, by name.
  std::vector<Offer> tools(const Principal& who);
  std::vector<Offer> prompts(const Principal& who);
  std::optional<Offer> tool(const Principal& who, const std::string& name);
  // A tool that a resource of [[serve.mcp.resources]] asks.
  std::optional<Offer> resource_tool(const std::string& target);

  // Changes when an agent or a workflow of the project does; when a prompt or a skill does.
  std::string tools_as_of() const;
  std::string prompts_as_of() const;

 private:
  std::vector<Offer> matching(const Principal& who, const std::vector<std::string>& agents,
                              const std::vector<std::string>& tools);
  const std::vector<Offer>& agents();
  McpTask task_of(const std::string& name) const;

  HookServices services_;
  const McpServeConfig& config_;
  std::vector<Offer> agents_;  // as they were when they had this fingerprint
  std::string agents_as_of_;
};

// The run of a call of it; the arguments are checked. Errors: invalid: they do not fit, in words a
// model can mend its call by; what keeps its program from being made.
Result<StartRun> start_of(HookServices services, const Offer& offer, const Client& client,
                          const Json& args);

}  // namespace yoke::mcp_hook
