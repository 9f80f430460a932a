#pragma once

#include <map>
#include <string>

#include "runtime/base/json.h"
#include "runtime/ports/tool_spec.h"

// Tools of a client of Responses that are not plain functions. A model is offered a function in the
// place of each, whatever its vendor: one of a namespace by a name that begins with the
// namespace's; one that takes free text ("custom") with that text as its only argument. What is
// called is told to the client in the tool's own form again. Pure.
namespace yoke::openai {

struct ToolForm {
  std::string space = {};  // its namespace; empty: none
  std::string name;        // as the client has it
  bool custom = false;     // takes free text
};
// By the names that the model is offered; plain functions are not among them.
using ToolForms = std::map<std::string, ToolForm, std::less<>>;
ToolForms tool_forms(const Json& tools);

std::string offered_name(const std::string& space, const std::string& name);

// Of a tool that takes free text: what it is offered as. The grammar of its text is told in its
// description; that the model keeps to it is not enforced.
ToolSpec custom_tool(const std::string& name, const std::string& description, const Json& format);
Json custom_args(const std::string& input);
// The text in such arguments; what is none of them is the text itself.
std::string custom_input(const std::string& arguments);

// A call as the client's item of an output or an input, without a status.
Json call_item(const ToolForms& forms, const std::string& name, const std::string& arguments);

}  // namespace yoke::openai
