#include "hosts/hook/anthropic/ask.h"

#include <algorithm>
#include <map>

#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

constexpr std::size_t kToolsMax = 1024;
constexpr std::size_t kStopsMax = 64;
constexpr std::size_t kUserIdBytesMax = 512;
constexpr std::int64_t kOutputTokensMax = 10'000'000;

std::string at(const char* path, std::size_t index) {
  return std::string(path) + "." + std::to_string(index);
}

class AskReader {
 public:
  AskReader(const Json& body, const Thoughts& thoughts, AskForm form)
      : body_(body), thoughts_(thoughts), form_(form) {}

  Result<Ask> read() {
    if (!body_.is_object()) return wrong("", "the body is a JSON object");
    using Step = Result<void> (AskReader::*)();
    for (const Step step :
         {&AskReader::refuse_what_is_lost, &AskReader::model, &AskReader::instructions,
          &AskReader::tools, &AskReader::messages, &AskReader::tool_choice, &AskReader::sampling,
          &AskReader::thinking, &AskReader::output}) {
      const Result<void> done = (this->*step)();
      if (!done) return done.error();
    }
    const Json& stream = member_at(body_, "stream");
    if (!stream.is_null() && !stream.is_boolean()) return wrong("stream", "it is true or false");
    ask_.stream = bool_at(body_, "stream");
    const std::string user = string_at(member_at(body_, "metadata"), "user_id");
    if (!user.empty()) ask_.note["user_id"] = shorten(user, kUserIdBytesMax);
    return std::move(ask_);
  }

 private:
  // Without these the answer would be another one than was asked for.
  Result<void> refuse_what_is_lost() {
    constexpr const char* kLost[] = {"container", "inference_geo", "mcp_servers", "thread"};
    for (const char* name : kLost) {
      const Json& value = member_at(body_, name);
      if (value.is_null() || (value.is_array() && value.empty())) continue;
      return wrong(name, "only Anthropic's own servers have this; leave it out");
    }
    return {};
  }

  Result<void> model() {
    ask_.model = string_at(body_, "model");
    if (ask_.model.empty()) return wrong("model", "it is needed: the name of a model");
    const Json& most = member_at(body_, "max_tokens");
    if (form_.counting && most.is_null()) return {};
    if (!most.is_number_integer()) return wrong("max_tokens", "it is needed: a whole number");
    const std::int64_t tokens = most.get<std::int64_t>();
    if (tokens < 1 || tokens > kOutputTokensMax) {
      return wrong("max_tokens", "it is from 1 to " + std::to_string(kOutputTokensMax));
    }
    ask_.request.output_tokens_max = tokens;
    return {};
  }

  void mark(CacheMark::After after, const Json& control, std::size_t message = 0) {
    if (!control.is_object()) return;
    mark(after, string_at(control, "ttl"), message);
  }
  void mark(CacheMark::After after, std::string ttl, std::size_t message) {
    ask_.request.options.cache_marks.push_back(CacheMark{after, message, std::move(ttl)});
  }

  Result<void> instructions() {
    const Json& system = member_at(body_, "system");
    Result<std::string> text = read_text(system, "system");
    if (!text) return text.error();
    ask_.request.instructions = std::move(*text);
    for (auto block = system.rbegin(); system.is_array() && block != system.rend(); ++block) {
      const Json& control = member_at(*block, "cache_control");
      if (!control.is_object()) continue;
      system_mark_ = control;
      break;
    }
    return {};
  }

  Result<void> tools() {
    const Json& tools = member_at(body_, "tools");
    if (!tools.is_null() && !tools.is_array()) return wrong("tools", "it is a list");
    if (tools.size() > kToolsMax) return wrong("tools", "it has over 1024 entries");
    bool marked = false;
    std::string ttl;
    for (std::size_t index = 0; index < tools.size(); ++index) {
      Result<ToolSpec> tool = read_tool(tools[index], at("tools", index));
      if (!tool) return tool.error();
      const Json& control = member_at(tools[index], "cache_control");
      marked = marked || control.is_object();
      if (control.is_object()) ttl = string_at(control, "ttl");
      const Result<void> added = add_tool(std::move(*tool), at("tools", index));
      if (!added) return added.error();
    }
    if (marked) mark(CacheMark::After::tools, ttl, 0);
    mark(CacheMark::After::instructions, system_mark_);
    return {};
  }

  Result<void> add_tool(ToolSpec tool, const std::string& place) {
    for (const ToolSpec& other : ask_.request.tools) {
      if (other.name == tool.name) return wrong(place + ".name", "another tool has this name");
    }
    ask_.request.tools.push_back(std::move(tool));
    return {};
  }

  Result<void> messages() {
    const Json& messages = member_at(body_, "messages");
    if (!messages.is_array() || messages.empty()) {
      return wrong("messages", "it is needed: a list of messages");
    }
    for (std::size_t index = 0; index < messages.size(); ++index) {
      const Result<void> read = message(messages[index], at("messages", index));
      if (!read) return read.error();
      ask_.last_message = index;
    }
    const Json& control = member_at(body_, "cache_control");
    if (!ask_.request.messages.empty()) {
      mark(CacheMark::After::message, control, ask_.request.messages.size() - 1);
    }
    return {};
  }

  Result<void> message(const Json& message, const std::string& place) {
    const std::string role = string_at(message, "role");
    const Role side = role == "assistant" ? Role::assistant
                      : role == "system"  ? Role::system
                                          : Role::user;
    if (side == Role::user && role != "user") {
      return wrong(place + ".role", "it is user, assistant or system");
    }
    Result<Content> content =
        read_content(member_at(message, "content"), side, place + ".content", thoughts_);
    if (!content) return content.error();
    const std::string effort = string_at(member_at(message, "output_config"), "effort");
    if (!effort.empty()) turn_effort_ = effort;
    const Result<void> changed = change_tools(*content, place);
    if (!changed) return changed.error();
    return add(side, std::move(*content), place);
  }

  Result<void> change_tools(Content& content, const std::string& place) {
    for (const std::string& name : content.tools_removed) {
      std::erase_if(ask_.request.tools, [&](const ToolSpec& tool) { return tool.name == name; });
    }
    for (ToolSpec& tool : content.tools_added) {
      const Result<void> added = add_tool(std::move(tool), place + ".content");
      if (!added) return added.error();
    }
    return {};
  }

  // Results come first, in a message of their own.
  Result<void> add(Role side, Content content, const std::string& place) {
    for (const Part& part : content.parts) {
      const auto* call = std::get_if<ToolCallPart>(&part);
      if (call != nullptr) calls_[call->id] = call->name;
    }
    for (ToolResultPart& result : content.results) {
      const auto call = calls_.find(result.id);
      if (call == calls_.end()) {
        return wrong(place + ".content", "a tool_result is for the tool_use " + shown(result.id) +
                                             ", which no message before it has");
      }
      result.name = call->second;
    }
    ask_.results = content.results;
    if (!content.results.empty()) {
      Message message;
      message.role = Role::tool;
      for (ToolResultPart& result : content.results) message.parts.emplace_back(std::move(result));
      ask_.request.messages.push_back(std::move(message));
    }
    if (!content.parts.empty()) {
      Message message;
      message.role = side;
      message.parts = std::move(content.parts);
      ask_.request.messages.push_back(std::move(message));
    }
    if (content.marked && !ask_.request.messages.empty()) {
      mark(CacheMark::After::message, content.ttl, ask_.request.messages.size() - 1);
    }
    return {};
  }

  Result<void> tool_choice() {
    const Json& choice = member_at(body_, "tool_choice");
    if (choice.is_null()) return {};
    const std::string type = string_at(choice, "type");
    CallOptions& options = ask_.request.options;
    if (type == "auto" || type == "none") {
      if (type == "none") options.tool_choice = type;
    } else if (type == "any") {
      options.tool_choice = "required";
    } else if (type == "tool") {
      options.tool_choice = type;
      options.tool = string_at(choice, "name");
      const auto& tools = ask_.request.tools;
      const bool offered = std::any_of(tools.begin(), tools.end(), [&](const ToolSpec& tool) {
        return tool.name == options.tool;
      });
      if (!offered) return wrong("tool_choice.name", "it names none of 'tools'");
    } else {
      return wrong("tool_choice.type", "it is auto, any, tool or none");
    }
    if (bool_at(choice, "disable_parallel_tool_use")) options.parallel_tools = false;
    return {};
  }

  Result<void> number(const char* name, double most, std::optional<double>& out) {
    const Json& value = member_at(body_, name);
    if (value.is_null()) return {};
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > most) {
      return wrong(name, "it is a number from 0 to 1");
    }
    out = value.get<double>();
    return {};
  }

  Result<void> sampling() {
    CallOptions& options = ask_.request.options;
    const Result<void> heat = number("temperature", 1, ask_.request.temperature);
    if (!heat) return heat.error();
    const Result<void> top_p = number("top_p", 1, options.top_p);
    if (!top_p) return top_p.error();
    const Json& top_k = member_at(body_, "top_k");
    if (!top_k.is_null() && (!top_k.is_number_integer() || top_k.get<std::int64_t>() < 0)) {
      return wrong("top_k", "it is a whole number");
    }
    if (!top_k.is_null()) options.top_k = top_k.get<std::int64_t>();
    const Json& stops = member_at(body_, "stop_sequences");
    if (stops.is_null()) return {};
    if (!stops.is_array() || stops.size() > kStopsMax) {
      return wrong("stop_sequences", "it is a list of at most 64 texts");
    }
    for (std::size_t index = 0; index < stops.size(); ++index) {
      if (!stops[index].is_string()) return wrong(at("stop_sequences", index), "it is a text");
      options.stop.push_back(stops[index].get<std::string>());
    }
    return {};
  }

  Result<void> thinking() {
    const Json& thinking = member_at(body_, "thinking");
    if (thinking.is_null()) return {};
    const std::string type = string_at(thinking, "type");
    CallOptions& options = ask_.request.options;
    if (type == "disabled") {
      options.thinking = "off";
      return {};
    }
    if (type == "enabled") {
      const std::int64_t budget = integer_at(thinking, "budget_tokens");
      if (budget < 1) return wrong("thinking.budget_tokens", "it is needed: a whole number");
      const bool bounded = !form_.counting && !form_.interleaved;
      if (bounded && budget >= ask_.request.output_tokens_max) {
        return wrong("thinking.budget_tokens", "it is less than max_tokens");
      }
      options.thinking = "on";
      options.thinking_tokens = budget;
    } else if (type == "adaptive" || type == "between_tools") {
      options.thinking = "adaptive";
    } else {
      return wrong("thinking.type", "it is enabled, adaptive or disabled");
    }
    ask_.show = string_at(thinking, "display") == "omitted" ? Show::marks : Show::text;
    return {};
  }

  Result<void> output() {
    const Json& config = member_at(body_, "output_config");
    ask_.effort = turn_effort_.empty() ? string_at(config, "effort") : turn_effort_;
    const Json& older = member_at(body_, "output_format");
    const Json& format = older.is_null() ? member_at(config, "format") : older;
    if (format.is_null()) return {};
    const char* place = older.is_null() ? "output_config.format" : "output_format";
    const Json& schema = member_at(format, "schema");
    if (string_at(format, "type") != "json_schema" || !schema.is_object()) {
      return wrong(place, "it is {\"type\":\"json_schema\",\"schema\":{…}}");
    }
    ask_.request.output_schema = schema;
    return {};
  }

  const Json& body_;
  const Thoughts& thoughts_;
  const AskForm form_;
  Ask ask_;
  Json system_mark_ = nullptr;
  std::string turn_effort_;
  std::map<std::string, std::string> calls_;  // id -> name
};

}  // namespace

Result<Ask> read_ask(const Json& body, const Thoughts& thoughts, AskForm form) {
  return AskReader(body, thoughts, form).read();
}

}  // namespace yoke::anthropic
