#pragma once

#include <string>
#include <vector>

#include "hosts/hook/anthropic/thoughts.h"
#include "runtime/base/result.h"
#include "runtime/ports/model.h"

namespace yoke::anthropic {

// What was asked with POST /v1/messages, in neutral form.
struct Ask {
  std::string model;     // as the client names it
  ModelRequest request;  // without a target; its effort is in `effort`
  bool stream = false;
  Show show = Show::nothing;
  std::string effort = {};     // of thinking, in Anthropic's words
  Json note = Json::object();  // the client's metadata
  // The results that the last message answers calls with, by the client's ids: an agent's run that
  // waits for them goes on with them.
  std::vector<ToolResultPart> results = {};
  std::size_t last_message = 0;  // its place in the body
};

// What is asked beside the body.
struct AskForm {
  bool counting = false;
  bool interleaved = false;  // the beta of thoughts between calls: their budget is of all its turns
};

// The body of a request for a message, or for a count of its tokens (then without max_tokens).
// Fields that promise nothing, and those that are not known, are passed over; what would lose its
// meaning is refused.
//
// Errors: invalid, with the place as "messages.3.content.0".
Result<Ask> read_ask(const Json& body, const Thoughts& thoughts, AskForm form = {});

// The parts of one message, by its blocks.
struct Content {
  std::vector<Part> parts = {};  // in order, without the results
  std::vector<ToolResultPart> results = {};
  std::string ttl = {};
  bool marked = false;  // its last mark keeps what stands up to its end
  std::vector<ToolSpec> tools_added = {};
  std::vector<std::string> tools_removed = {};
};
Result<Content> read_content(const Json& content, Role role, const std::string& place,
                             const Thoughts& thoughts);
// One entry of `tools`. Errors: invalid.
Result<ToolSpec> read_tool(const Json& tool, const std::string& place);
// The text of a list of text blocks, or of a text.
Result<std::string> read_text(const Json& content, const std::string& place);

Error wrong(const std::string& place, const std::string& what);
// A type or a text from outside, fit to be shown.
std::string shown(const Json& value);

}  // namespace yoke::anthropic
