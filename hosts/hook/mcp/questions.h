#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/mcp/protocol.h"
#include "runtime/journal/run_state.h"
#include "runtime/ports/tool_spec.h"

// What a run waits to be told, as what an MCP client is asked for it, and back: pure functions.
namespace yoke::mcp_hook {

// Something of the client's program or of the person before it.
struct Wanted {
  std::string key;       // that the client answers by
  std::string question;  // of the run
  std::string method;    // "elicitation/create", "sampling/createMessage", "roots/list"
  Json params = Json::object();
  bool of_person = false;  // a question of the run's to a person: takes the right to answer it
};

// None: this client cannot be asked that.
std::optional<Wanted> wanted_of(const QuestionState& question, const Client& client);
// {"method","params"}, as `inputRequests` has it.
Json input_request(const Wanted& wanted);

// What the run is told for the client's result. Errors: invalid: it is not what was asked for;
// cancelled: the person put it off, and the question stays open.
Result<Json> run_answer(const QuestionState& question, const Json& result);
// The same where the client could not: its error.
std::optional<Json> run_failure(const QuestionState& question, const std::string& why);

// What a workflow that an MCP client called may ask of that client: `client.elicit`,
// `client.sample`, `client.roots`, as far as the client can do them.
std::vector<ToolSpec> client_tools(const Client& client);
// What the client would have to be able to do for such a tool: {"sampling":{}}; null: it is none.
Json capability_of_tool(std::string_view tool);

// As the journal tells of it.
QuestionState question_from(const Event& event);

}  // namespace yoke::mcp_hook
