#include <algorithm>
#include <cctype>
#include <set>

#include "tests/support/mock_gemini.h"

namespace yoke::testing {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kAnySignature = "skip_thought_signature_validator";

std::string unknown_name(const Json& object, const Names& known, const std::string& place) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return "Invalid JSON payload received. Unknown name \"" + key + "\"" +
           (place.empty() ? "" : " at '" + place + "'") + ": Cannot find field.";
  }
  return {};
}

bool demands_signatures(const std::string& model) {
  return model.starts_with("gemini-") && model >= "gemini-3";
}

std::string check_top(const Json& request) {
  std::string wrong = unknown_name(request,
                                   {"contents", "systemInstruction", "tools", "toolConfig",
                                    "generationConfig", "safetySettings", "cachedContent"},
                                   "");
  if (wrong.empty()) {
    wrong =
        unknown_name(member_at(request, "generationConfig"),
                     {"maxOutputTokens", "temperature", "topP", "topK", "stopSequences", "seed",
                      "candidateCount", "responseMimeType", "responseSchema", "responseJsonSchema",
                      "responseModalities", "thinkingConfig", "mediaResolution", "imageConfig"},
                     "generation_config");
  }
  if (!wrong.empty()) return wrong;
  const Json& system = member_at(request, "systemInstruction");
  if (!system.is_null() && !member_at(system, "parts").is_array()) {
    return "Invalid value at 'system_instruction'";
  }
  const Json& config = member_at(request, "generationConfig");
  const bool json = string_at(config, "responseMimeType") == "application/json";
  if (config.contains("responseJsonSchema") && !json) {
    return "* GenerateContentRequest.generation_config.response_json_schema: only allowed when "
           "mime type is application/json";
  }
  const Json& contents = member_at(request, "contents");
  if (!contents.is_array() || contents.empty()) {
    return "* GenerateContentRequest.contents: contents is not specified\n";
  }
  return {};
}

std::string check_tools(const Json& request, const std::string& model) {
  const Json& tools = member_at(request, "tools");
  std::set<std::string> names;
  for (const Json& tool : tools) {
    for (const Json& function : member_at(tool, "functionDeclarations")) {
      const std::string wrong =
          unknown_name(function, {"name", "description", "parameters", "parametersJsonSchema"},
                       "tools[0].function_declarations[" + std::to_string(names.size()) + "]");
      if (!wrong.empty()) return wrong;
      const std::string name = string_at(function, "name");
      const bool begins_well =
          !name.empty() &&
          (std::isalpha(static_cast<unsigned char>(name[0])) != 0 || name[0] == '_');
      if (!begins_well || name.size() > 64) {
        return "* GenerateContentRequest.tools[0].function_declarations[" +
               std::to_string(names.size()) +
               "].name: Invalid function name. Must start with a letter or an underscore. Must be "
               "alphameric (a-z, A-Z, 0-9), underscores (_), dots (.) or dashes (-), with a "
               "maximum length of 64.";
      }
      if (!names.insert(name).second) return "Duplicate function declaration found: " + name;
    }
  }
  const Json& config = member_at(request, "generationConfig");
  const bool json = string_at(config, "responseMimeType") == "application/json";
  if (json && !names.empty() && !demands_signatures(model)) {
    return "Function calling with a response mime type: 'application/json' is unsupported";
  }
  return {};
}

std::string check_data(const Json& part, const std::string& place) {
  const Json& call = member_at(part, "functionCall");
  const Json& response = member_at(part, "functionResponse");
  std::string wrong = unknown_name(call, {"id", "name", "args"}, place + ".function_call");
  if (wrong.empty()) {
    wrong = unknown_name(response, {"id", "name", "response"}, place + ".function_response");
  }
  if (wrong.empty()) {
    wrong =
        unknown_name(member_at(part, "inlineData"), {"mimeType", "data"}, place + ".inline_data");
  }
  if (wrong.empty()) {
    wrong =
        unknown_name(member_at(part, "fileData"), {"mimeType", "fileUri"}, place + ".file_data");
  }
  if (!wrong.empty()) return wrong;
  if (!call.is_null() && call.contains("args") && !call["args"].is_object()) {
    return "Invalid value at '" + place + ".function_call.args'";
  }
  if (!response.is_null() && !member_at(response, "response").is_object()) {
    return "Invalid value at '" + place + ".function_response.response'";
  }
  if (!response.is_null() && string_at(response, "name").empty()) {
    return "* GenerateContentRequest." + place + ".function_response.name: Name cannot be empty.";
  }
  return {};
}

std::string check_part(const Json& part, const std::string& place) {
  std::string wrong = unknown_name(part,
                                   {"text", "thought", "thoughtSignature", "functionCall",
                                    "functionResponse", "inlineData", "fileData"},
                                   place);
  if (!wrong.empty()) return wrong;
  int kinds = 0;
  for (const char* kind : {"text", "functionCall", "functionResponse", "inlineData", "fileData"}) {
    kinds += part.contains(kind);
  }
  if (kinds != 1) {
    return "* GenerateContentRequest." + place +
           ".data: required oneof field 'data' must have one initialized field\n";
  }
  return check_data(part, place);
}

std::vector<Json> members_of(const Json& content, std::string_view key) {
  std::vector<Json> found;
  for (const Json& part : member_at(content, "parts")) {
    if (part.contains(key)) found.push_back(part[std::string(key)]);
  }
  return found;
}

std::string check_turns(const Json& contents) {
  std::vector<Json> open;  // calls that wait for their responses
  for (std::size_t at = 0; at < contents.size(); ++at) {
    const std::string role = string_at(contents[at], "role");
    const std::vector<Json> calls = members_of(contents[at], "functionCall");
    const std::vector<Json> responses = members_of(contents[at], "functionResponse");
    if (!calls.empty() &&
        (at == 0 || role != "model" || string_at(contents[at - 1], "role") == "model")) {
      return "Please ensure that function call turn comes immediately after a user turn or after a "
             "function response turn.";
    }
    if (responses.size() != open.size()) {
      return "Please ensure that the number of function response parts is equal to the number of "
             "function call parts of the function call turn.";
    }
    for (std::size_t one = 0; one < responses.size(); ++one) {
      const bool same_name = string_at(responses[one], "name") == string_at(open[one], "name");
      const bool same_id = string_at(responses[one], "id") == string_at(open[one], "id");
      if (!same_name || !same_id) {
        return "Please ensure that function response turn comes immediately after a function call "
               "turn.";
      }
    }
    open = calls;
  }
  if (open.empty()) return {};
  return "Please ensure that the number of function response parts is equal to the number of "
         "function call parts of the function call turn.";
}

// What a signature was put on, whole or as the pieces of a stream it ends.
bool fits(const Json& part, const std::string& signed_part) {
  Json bare = part;
  bare.erase("thoughtSignature");
  return to_text(bare) == signed_part;
}

std::string check_signatures(const Json& contents, bool demanded, const GeminiMemory& memory) {
  std::size_t turn_begin = contents.size();
  while (turn_begin > 0) {
    const Json& content = contents[turn_begin - 1];
    const bool responses = !members_of(content, "functionResponse").empty();
    if (string_at(content, "role") == "user" && !responses) break;
    --turn_begin;
  }
  for (std::size_t at = 0; at < contents.size(); ++at) {
    bool first = true;
    for (const Json& part : contents[at]["parts"]) {
      const std::string signature = string_at(part, "thoughtSignature");
      const auto known = memory.part_of_signature.find(signature);
      const bool genuine = known != memory.part_of_signature.end() && fits(part, known->second);
      if (!signature.empty() && signature != kAnySignature && !genuine) {
        return "Corrupted thought signature.";
      }
      if (!part.contains("functionCall")) continue;
      if (demanded && first && at >= turn_begin && signature.empty()) {
        return "Function call is missing a thought_signature in functionCall parts. This is "
               "required for tools to work correctly, and missing thought_signature may lead to "
               "degraded model performance. Additional data, function call `default_api:" +
               string_at(part["functionCall"], "name") + "` , position " + std::to_string(at + 1) +
               ". Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for "
               "more "
               "details.";
      }
      first = false;
    }
  }
  return {};
}

std::string check_contents(const Json& contents) {
  std::string last_role;
  for (std::size_t at = 0; at < contents.size(); ++at) {
    const std::string place = "contents[" + std::to_string(at) + "]";
    std::string wrong = unknown_name(contents[at], {"role", "parts"}, place);
    if (!wrong.empty()) return wrong;
    const std::string role = string_at(contents[at], "role");
    if (role != "user" && role != "model") return "Please use a valid role: user, model.";
    if (role == last_role) {
      return "Please ensure that multiturn requests alternate between user and model.";
    }
    last_role = role;
    const Json& parts = member_at(contents[at], "parts");
    if (!parts.is_array() || parts.empty()) {
      return "* GenerateContentRequest." + place + ".parts: contents.parts must not be empty.\n";
    }
    for (std::size_t part = 0; part < parts.size(); ++part) {
      wrong = check_part(parts[part], place + ".parts[" + std::to_string(part) + "]");
      if (!wrong.empty()) return wrong;
    }
  }
  if (last_role == "user") return {};
  return "Please ensure that multiturn requests end with a user role or a function response.";
}

}  // namespace

std::optional<VendorRefusal> gemini_refusal(const MockRequest& raw, const Json& request,
                                            const GeminiMemory& memory) {
  const std::string model = gemini_model_of(raw);
  const std::string path = "/v1beta/models/" + model;
  if (model.empty() || (raw.target != path + ":generateContent" &&
                        raw.target != path + ":streamGenerateContent?alt=sse")) {
    return VendorRefusal{404, "",
                         "models/" + model +
                             " is not found for API version v1beta, or is not supported for "
                             "generateContent."};
  }
  const Json& contents = member_at(request, "contents");
  std::string wrong = check_top(request);
  if (wrong.empty()) wrong = check_tools(request, model);
  if (wrong.empty()) wrong = check_contents(contents);
  if (wrong.empty()) wrong = check_turns(contents);
  if (wrong.empty()) wrong = check_signatures(contents, demands_signatures(model), memory);
  if (wrong.empty()) return std::nullopt;
  return VendorRefusal{400, "", wrong};
}

}  // namespace yoke::testing
