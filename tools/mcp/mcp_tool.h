#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/tool.h"
#include "runtime/schema/schema.h"
#include "tools/mcp/server.h"

namespace yoke::mcp {

// Has a person taken the tool as its hash says it is? Empty: yes; else why not, and the mend.
using ToolPins = std::function<std::string(const std::string& tool, const std::string& hash)>;

// A tool of a server. Its description, schema and hints are those that the server gave when it was
// last met; when it says something else by now, the call is refused. Without `pins` somebody else
// has described it (a plugin's manifest), and the server needs only have it.
//
// Ownership: borrows `server` and what `pins` borrows; both outlive it and its calls.
// Threads:   loop thread only.
class McpTool final : public Tool {
 public:
  McpTool(McpServer& server, ListedTool listed, std::shared_ptr<const Schema> input, ToolPins pins);

  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override;
  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override;
  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override;

  const ListedTool& listed() const { return listed_; }
  std::string refusal() const { return pins_ ? pins_(spec_.name, listed_.hash) : ""; }

 private:
  awaitable<ToolOutcome> call_listed(ToolRequest request, CallContext* context);
  ToolOutcome changed() const;
  ToolOutcome missing() const;

  McpServer& server_;
  const ListedTool listed_;
  const std::shared_ptr<const Schema> input_;  // shared with nobody else; immutable
  const ToolPins pins_;
  ToolSpec spec_;
};

// All tools of what is remembered of the server, and those over its resources and prompts where it
// has any. `problems`: those that cannot be had.
std::vector<std::unique_ptr<Tool>> tools_of(McpServer& server, const ToolPins& pins,
                                            std::vector<std::string>& problems);

// Tools of the server as `array`, in the form of tools/list, describes them in its place. They need
// no pin: what a model reads is none of the server's words. `problems`: those that cannot be had.
std::vector<std::unique_ptr<Tool>> described_tools(McpServer& server, const Json& array,
                                                   std::vector<std::string>& problems);

// What a call came to, as a model reads it. `login`: the command that signs in there. Pure.
ToolOutcome outcome_of(const ServerReply& reply, const std::string& server,
                       const std::string& login = {});

}  // namespace yoke::mcp
