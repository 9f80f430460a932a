#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/http/client.h"
#include "runtime/ports/tool.h"
#include "runtime/schema/schema.h"
#include "tools/broker/host_pattern.h"
#include "tools/plugins/plugin.h"

namespace yoke {

class SecretCutter;
namespace openapi {
struct Answer;
}

struct PluginLimits {
  std::size_t reply_bytes_max = 4u << 20;  // of each reply
  std::size_t value_bytes_max = 1u << 20;  // of a result, as JSON
  int pages_max = 5;                       // of a list that comes in pages
  int redirects_max = 3;                   // within the host
  std::size_t cards_max = 20;              // of one result
  std::size_t card_bytes_max = 64u << 10;  // of all cards of a result, as JSON
};

// What tools of plugins need of their host. What is referred to outlives the tools.
struct PluginServices {
  HttpClient& client;
  CredentialsBook& credentials;
  // Places that the operator lets plugins reach although they lie inside or are not encrypted:
  // "private:wiki.corp", "localhost", "http://legacy.example". Others must be public and https.
  std::vector<HostPattern> inside = {};
  // The server to ask instead of the operation's first, with its path; empty: that one.
  std::function<std::string(const openapi::Operation&)> choose_server = {};
  PluginLimits limits = {};
};

// A tool that says what it does with data, for ToolWords of label_rules.h.
class DataHandlingTool : public Tool {
 public:
  virtual const DataHandling& data_handling() const = 0;
  virtual const Tool* behind() const { return nullptr; }  // an MCP server's, that it calls
};

// A function of a plugin as a tool. Arguments and results as docs/plugins.md has them: with
// response semantics the value is an object of
//   "data"   what data_path selects: a value, or a list where it may select several
//   "items"  for each element of data: title, subtitle, url … as the manifest's properties say
//   "text"   the cards as plain text, where there is a template
//   "cards"  the cards themselves, for hosts that show them
// and else the reply itself. Labels: untrusted always; public where the manifest says that the
// function gets public data alone, else private.
//
// Ownership: shares its function's operation; borrows what is in the services.
// Errors:    of a call: outcomes with a line for the model that holds no secret. A place that may
//            not be reached, or a redirect off the host: denied.
// Cancelled: throws; the request may have been acted on.
class PluginTool final : public DataHandlingTool {
 public:
  // `function` has an operation. Errors: invalid, unsupported: its schema cannot be checked.
  // Without credentials that it needs there is a tool all the same, whose calls say what to do.
  static Result<std::unique_ptr<PluginTool>> make(const Plugin& plugin,
                                                  const PluginFunction& function,
                                                  PluginServices services);

  // For make() alone: nobody else has a Made.
  class Made {
    Made() = default;
    friend class PluginTool;
  };
  PluginTool(Made made, PluginFunction function, ToolSpec spec,
             std::shared_ptr<const Schema> schema, PluginServices services);

  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override;
  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override;
  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override;

  const DataHandling& data_handling() const override { return function_.words.data; }

 private:
  struct Fetched;
  void sign_in(const std::string& server);
  Result<void> prepare(HttpRequest& request) const;
  awaitable<Fetched> fetch(HttpRequest request, ToolRequest call);
  ToolOutcome finished(Json whole, const SecretCutter& cutter) const;
  ToolOutcome refused(const HttpFailure& failure, const SecretCutter& cutter) const;
  ToolOutcome failed(const openapi::Answer& answer, int status, const SecretCutter& cutter) const;

  PluginFunction function_;
  ToolSpec spec_;
  std::shared_ptr<const Schema> schema_;  // shared: immutable
  PluginServices services_;
  std::unique_ptr<Credentials> none_;   // for a function that asks for no sign-in
  Credentials* credentials_ = nullptr;  // null: `unsigned_` says why, to each call
  Error unsigned_;
};

// The spec of a function: name, words, schema, effect, confirmation.
ToolSpec spec_of_function(const Plugin& plugin, const PluginFunction& function);
// Hosts as permissions name them: "api.example", "http://127.0.0.1:8080".
std::vector<std::string> hosts_of(const std::vector<std::string>& origins);
// Whether its calls carry data to others: so it is where the manifest says nothing.
bool sends_data(const DataHandling& data);
// Where a result of it comes from, and who may see it.
Label label_of_results(const DataHandling& data);

// A tool of an MCP server, as the client of tools/mcp makes one: hosts/ joins the two.
struct OfferedTool {
  std::string name;  // the server's own
  std::unique_ptr<Tool> tool;
};
struct McpOffer {
  std::vector<OfferedTool> tools;
  bool is_whole = true;  // false: the server was never met, and may have more
};

// The functions of the plugin that the server runs, over what it offers. One that it does not have
// is put into the findings.
std::vector<std::unique_ptr<DataHandlingTool>> make_mcp_functions(const Plugin& plugin,
                                                                  const PluginMcpServer& server,
                                                                  McpOffer offer,
                                                                  const PluginLimits& limits,
                                                                  PluginFindings& findings);

// What the plugin's functions want a model to be told in a state, to be put as untrusted text after
// the agent's own instructions; empty: nothing. `tools`: the names that the agent has.
enum class PluginState : std::uint8_t { reasoning, responding };
std::string state_instructions(const Plugin& plugin, PluginState state,
                               const std::vector<std::string>& tools);

}  // namespace yoke
