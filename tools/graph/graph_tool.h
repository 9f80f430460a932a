#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/tool.h"
#include "runtime/schema/schema.h"
#include "tools/graph/graph_call.h"

namespace yoke {

inline constexpr const char* kGraphOrigin = "graph";

// A tool that reads something from Microsoft Graph. Its results are the organisation's, and anybody
// may have written what is in them: untrusted and private, always.
//
// Ownership: shares the services with the other tools that were made with them.
class GraphTool : public Tool {
 public:
  GraphTool(ToolSpec spec, std::shared_ptr<const GraphServices> services);

  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override;
  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override;
  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override;

 protected:
  // `args` are checked. `call` outlives the answer.
  virtual awaitable<Result<Json>> answer(Json args, GraphCall& call) = 0;

 private:
  const ToolSpec spec_;
  const std::shared_ptr<const GraphServices> services_;  // shared by tools of one making
  std::shared_ptr<const Schema> input_;                  // shared: immutable
};

// A spec of a tool "graph:NAME"; `scope` is what it is kept to, and part of its hash.
struct GraphToolWords {
  std::string name;  // "files.search"
  std::string description;
  Json properties = Json::object();
  std::vector<std::string> required = {};
};
ToolSpec graph_spec(GraphToolWords words, const GraphServices& services, const Json& scope);

// Properties that several tools have.
Json graph_text_property(const std::string& about);
Json graph_limit_property(int most, int usual);

// A piece of a text that is read on from an offset: {"text", "total_bytes", "next_offset"?}.
Json graph_piece(const std::string& text, std::int64_t offset, std::int64_t bytes);

// What of a message's body or an event's can be read: HTML without its marks. At most
// GraphLimits::body_bytes_max.
std::string graph_body_text(const Json& body, const GraphServices& services);

// "Adele Vance <adele@contoso.com>" of {"emailAddress": {"name", "address"}}.
std::string graph_person(const Json& recipient);

// Puts `text` under `key` unless it is empty.
void put_unless_empty(Json& object, const char* key, std::string text);

}  // namespace yoke
