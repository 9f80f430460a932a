#pragma once

#include <string>
#include <vector>

#include "hosts/hook/openai/fields.h"
#include "runtime/ports/model.h"

namespace yoke::openai {

// What was asked on either of the two protocols, in neutral form. Its messages still have the ids
// that the client knows calls by, and marks in the place of reasoning.
struct Ask {
  std::string model;     // as the client names it
  ModelRequest request;  // `output_tokens_max` 0: the client says nothing of it
  bool stream = false;
  bool usage_chunk = false;  // of Chat Completions: stream_options.include_usage
  Json metadata = Json::object();
  std::vector<std::string> odd = {};  // parameters that an agent cannot follow, where one is asked
};

// What the client's history holds in the place of a run's reasoning: kind "run", value its id.
inline constexpr const char* kMarkOrigin = "yoke";

// How the two protocols write a function.
enum class FunctionForm : std::uint8_t {
  nested,  // {"type":"function","function":{"name" …}}
  flat,    // {"type":"function","name" …}
};

// tools, tool_choice, parallel_tool_calls.
void read_tools(Fields& fields, FunctionForm form, Ask& ask);
// {"type":"json_schema", …} and its like, at `path`.
void read_format(Fields& fields, const Json& format, const std::string& path, FunctionForm form,
                 Ask& ask);
// temperature, top_p, metadata, stream … : what both protocols spell alike.
void read_common(Fields& fields, Ask& ask);

// Content of one message: texts and images, by the types' names on either protocol. A refused type
// is named. `images` false: texts alone.
void read_content(Fields& fields, const Json& content, const std::string& path, bool images,
                  std::vector<Part>& parts);

// Puts the messages of the system that stand first into the instructions.
void lift_instructions(ModelRequest& request);
// Names each result after the call that it answers. Refuses one that answers none.
void name_results(Fields& fields, ModelRequest& request, const std::string& path);

}  // namespace yoke::openai
